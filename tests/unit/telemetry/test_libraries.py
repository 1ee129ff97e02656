"""Libraries may say that something went wrong and where; what they were busy with stays inside."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.observability.libraries import LibraryFormatter, quiet_libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

WEBHOOK = "https://oapi.dingtalk.com/robot/sendBySession?session=5c0ffee"
SECRETS = ("5c0ffee", "年假有几天")


#: Those that a test below writes to. A client that was made before has silenced some of them for good.
LIBRARIES = ("httpx", "httpcore", "aiohttp", "tablestore", "urllib3", "asyncio")


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET)
    stream = io.StringIO()
    quiet_libraries(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    for name, silenced in levels.items():
        logging.getLogger(name).setLevel(silenced)


def lines(printed: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.getvalue().splitlines()]


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "aiohttp.client", "urllib3.connectionpool", "tablestore"]
)
def test_what_is_no_warning_is_not_printed(printed: io.StringIO, name: str, level: int) -> None:
    logging.getLogger(name).log(level, "HTTP Request: %s %s", "POST", WEBHOOK)

    assert printed.getvalue() == ""


def test_a_library_that_was_set_to_debug_by_somebody_else_still_prints_no_more(printed: io.StringIO) -> None:
    logger = logging.getLogger("httpx")
    logger.setLevel(logging.DEBUG)
    logger.debug("HTTP Request: %s", WEBHOOK)
    logger.setLevel(logging.NOTSET)

    assert printed.getvalue() == ""


def test_a_warning_keeps_its_words_and_its_place_and_loses_its_arguments(printed: io.StringIO) -> None:
    logging.getLogger("urllib3.connectionpool").warning("Retrying after connection broken: %s", WEBHOOK)

    (line,) = lines(printed)
    assert line["words"] == "Retrying after connection broken: %s"
    assert (line["level"], line["library"]) == ("WARNING", "urllib3.connectionpool")
    assert line["where"].startswith("test_libraries:")


def test_words_that_were_put_together_before_are_not_printed(printed: io.StringIO) -> None:
    logging.getLogger("asyncio").error(f"Task exception was never retrieved: {WEBHOOK}")  # noqa: G004

    assert not any(secret in printed.getvalue() for secret in SECRETS)
    assert lines(printed)[0]["library"] == "asyncio"


def test_of_an_exception_its_kind_its_cause_and_its_places_are_printed(printed: io.StringIO) -> None:
    def connect() -> None:
        raise TimeoutError(WEBHOOK)

    def ask() -> None:
        try:
            connect()
        except TimeoutError as error:
            raise ConnectionError("年假有几天？") from error

    try:
        ask()
    except ConnectionError:
        logging.getLogger("asyncio").exception("Task failed")

    (line,) = lines(printed)
    assert line["error"] == "ConnectionError from TimeoutError"
    assert line["frames"].startswith("test_libraries.py:")
    assert " ask < " in line["frames"]
    assert not any(secret in printed.getvalue() for secret in SECRETS)


def test_the_handlers_that_a_runtime_put_there_are_gone(printed: io.StringIO) -> None:
    runtime = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(runtime))
    quiet_libraries(printed)
    logging.getLogger("httpx").warning("HTTP Request: %s", WEBHOOK)

    assert runtime.getvalue() == ""
    assert len(lines(printed)) == 1


@given(st.text(), st.text(min_size=1), st.sampled_from([None, ValueError]))
def test_no_argument_and_no_exceptions_text_is_ever_printed(
    template: str, value: str, kind: type[Exception] | None
) -> None:
    marked = f"〔{value}〕"
    error = None if kind is None else kind(marked)
    record = logging.LogRecord(
        "httpx",
        logging.ERROR,
        __file__,
        1,
        template.replace("〔", ""),
        (marked,),
        None if error is None else (type(error), error, None),
    )

    assert "〔" not in json.dumps(json.loads(LibraryFormatter().format(record)), ensure_ascii=False)


def test_what_the_server_says_about_itself_is_printed_whole() -> None:
    text = "[Errno 98] error while attempting to bind on address ('0.0.0.0', 9000): address already in use"
    record = logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, text, None, None)

    assert json.loads(LibraryFormatter().format(record))["words"] == text
