"""The log store and its index have one description, infra/logs, and setup says what is wrong with it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.asking.questions import LOG_DAYS
from rag_on_dingtalk.setup.cloud.log_facts import read_log_facts
from rag_on_dingtalk.setup.cloud.logs import Index, Store

if TYPE_CHECKING:
    from rag_on_dingtalk.setup.cloud.calls import Cloud

LOGS = Path(__file__).parents[4] / "infra" / "logs"


def body(command: str) -> object:
    return json.loads(shlex.split(command)[-1])


def test_the_commands_carry_what_the_files_say() -> None:
    facts, cloud = read_log_facts(LOGS), cast("Cloud", None)
    for begins, one in (("", facts.functions), ("audit-", facts.audit)):
        store, index = (
            json.loads((LOGS / f"{begins}{name}.json").read_text("utf-8")) for name in ("store", "index")
        )

        assert [body(told) for told in Store(cloud, "p", one, days=7).commands()] == [{**store, "ttl": 7}]
        assert [body(told) for told in Index(cloud, "p", one).commands()] == [index]


def test_the_days_that_setup_proposes_are_those_of_the_file() -> None:
    assert LOG_DAYS.default == str(read_log_facts(LOGS).functions.days)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("store.json", None, "Run setup from a checkout"),
        ("index.json", None, "Run setup from a checkout"),
        ("index.json", "{", "Restore it from git"),
        ("store.json", "[]", "Restore it from git"),
        ("store.json", '{"ttl": 180}', "does not name the log store"),
        ("audit-store.json", '{"logstoreName": "audit"}', "does not name the log store"),
        ("audit-index.json", None, "Run setup from a checkout"),
        ("index.json", '{"line": {}}', "the fields of its index"),
    ],
)
def test_a_description_that_cannot_be_used_is_named(
    tmp_path: Path, file: str, text: str | None, told: str
) -> None:
    for name in ("store.json", "index.json", "audit-store.json", "audit-index.json"):
        (tmp_path / name).write_bytes((LOGS / name).read_bytes())
    if text is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=told):
        read_log_facts(tmp_path)
