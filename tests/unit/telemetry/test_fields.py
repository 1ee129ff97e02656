from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from rag_on_dingtalk.observability.log_lines import level_named, line_logger, own_fields
from rag_on_dingtalk.observability.powertools import powertools_logger
from rag_on_dingtalk.observability.quiet import quiet_http_clients

RECORD = [*vars(logging.makeLogRecord({})), "asctime"]


@pytest.mark.parametrize("name", [*RECORD, "timestamp", "service", "location"])
def test_a_field_never_takes_the_place_of_the_lines_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    fields: dict[str, Any] = {name: "mine"}
    line_logger("callback", clock=lambda: 0.0, stream=stream)("refused", **fields)
    powertools_logger(f"test-{name}")("refused", **fields)

    plain = json.loads(stream.getvalue())
    powertools = json.loads(capsys.readouterr().out.splitlines()[-1])
    for line in (plain, powertools):
        assert (line["message"], line[f"{name}_"]) == ("refused", "mine")
        assert line["level"] == "INFO"


def test_other_fields_keep_their_names() -> None:
    assert own_fields({"turn_id": "t", "kind": "busy"}) == {"turn_id": "t", "kind": "busy"}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("info", "INFO"),
        (" Debug ", "DEBUG"),
        ("WARN", "WARNING"),
        ("fatal", "CRITICAL"),
        ("verbose", None),
        ("", None),
    ],
)
def test_a_level_is_known_by_its_name(name: str, level: str | None) -> None:
    assert level_named(name) == level


@pytest.mark.parametrize("name", ["verbose", "", "7", "TRACE"])
def test_a_level_that_is_none_stops_no_function_and_is_told(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    powertools_logger(f"level-{name}", name)("started")

    told, started = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["message"], told["level"]) == ("log_level_unknown", "WARNING")
    assert started["message"] == "started"


def test_http_clients_log_nothing_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    quiet_http_clients()
    with caplog.at_level(logging.DEBUG):
        for name in ("httpx", "httpcore.http11", "httpcore.connection"):
            logging.getLogger(name).info("HTTP Request: POST http://kb.example/?key=secret")

    assert "secret" not in caplog.text
