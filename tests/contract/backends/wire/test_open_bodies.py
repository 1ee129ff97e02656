"""Every backend: bodies that stay open, heartbeats without end, and events that have none."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.transport import body
from rag_on_dingtalk.backends.transport.events import EVENT_LIMIT
from rag_on_dingtalk.backends.transport.sse import EventReader
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.sections.backends import Timeouts
from rag_on_dingtalk.testing.outcome import outcome, soon
from rag_on_dingtalk.testing.replayed import replay
from rag_on_dingtalk.testing.scripted import Move, chunk, data, head
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import ScriptedServer

#: Longer than `soon` lets a test wait.
ENDLESS = Timeouts(first_byte=120.0, idle=120.0)
MIB = 1024 * 1024


@pytest.mark.parametrize("then", [Move.STAY_SILENT, Move.PING_ON], ids=["silence", "heartbeats"])
async def test_a_body_that_stays_open_after_the_last_word_is_closed_soon(
    then: Move,
    dialect: Dialect,
    http: httpx.AsyncClient,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "LAST_WORD_GRACE", 0.05)
    server.will([head(), chunk(dialect.text("补卡") + dialect.end()), then])

    seen = await soon(outcome(dialect.build(server.url, http, ENDLESS)))

    assert (seen.error, seen.text) == (None, "补卡")
    await soon(server.hung_up.wait())


async def test_what_follows_the_last_word_within_the_grace_is_heard(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    says = FastGPTDialect()
    responses = [{"quoteList": [{"q": "十天", "sourceName": "休假.md"}]}]
    late = b"event: flowResponses\n" + data(responses)
    server.will([head(), chunk(says.text("十天") + DONE), chunk(b": ka\n\n"), chunk(late), Move.HANG_UP])

    seen = await soon(outcome(says.build(server.url, http, ENDLESS)))

    assert [one.title for one in seen.citations] == ["休假.md"]


@pytest.mark.parametrize("text", ["", "补卡"])
async def test_heartbeats_without_an_event_end_after_some_idle_times(
    text: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), chunk(dialect.text(text) if text else b": hello\n\n"), Move.PING_ON])

    seen = await soon(outcome(dialect.build(server.url, http, Timeouts(first_byte=120.0, idle=0.1))))

    assert (seen.kind, seen.text) == (FailureKind.TIMEOUT, text)
    await soon(server.hung_up.wait())


async def test_a_first_event_of_more_than_a_mebibyte_is_read() -> None:
    picture = "![图](data:image/png;base64," + "A" * (3 * MIB) + ")"
    for name in ("openai", "dify", "anythingllm"):
        dialect = DIALECTS[name]()
        event = dialect.text(picture)
        pieces = [event[at : at + 65536] for at in range(0, len(event), 65536)]

        seen = await replay(dialect, *pieces, dialect.end())

        assert (seen.error, len(seen.text)) == (None, len(picture))


#: Streams that never end an event.
HOSTILE = {
    "one endless data line": (b'data: {"x": "', b"x" * 65536),
    "data lines without a blank one": (b"", b"data: " + b"x" * 1000 + b"\n"),
    "data lines that look complete": (b"", b'data: {"a": [}\n'),
    "one endless line of no field": (b"", b"x" * 65536),
    "lines of no field": (b"", b"x" * 1000 + b"\n"),
    "an endless document": (b'{"choices": [\n', b'"' + b"x" * 1000 + b'",\n'),
    "an endless comment": (b": ", b"x" * 65536),
}


def endless(how: str, size: int) -> Iterator[bytes]:
    begun, repeated = HOSTILE[how]
    piece = repeated * max(1, 65536 // len(repeated))
    yield begun
    for _ in range(size // len(piece)):
        yield piece


@pytest.mark.parametrize("how", HOSTILE)
def test_no_stream_takes_more_memory_than_a_few_times_its_largest_event(how: str) -> None:
    reader = EventReader()
    gc.collect()
    tracemalloc.start()
    try:
        for piece in endless(how, 6 * EVENT_LIMIT):
            for _ in reader.feed(piece):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert reader.full
    assert peak < 6 * EVENT_LIMIT
    assert [one.what for one in reader.damage][-1:] == ["too_large"]


@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize("text", ["", "补卡"])
async def test_a_stream_that_never_ends_an_event_is_given_up(how: str, text: str) -> None:
    for name in ("openai", "dify", "bailian"):
        dialect = DIALECTS[name]()
        begun = [dialect.text(text)] if text else []

        seen = await replay(dialect, *begun, *endless(how, 3 * EVENT_LIMIT), dialect.end())

        assert seen.kind is (FailureKind.INTERRUPTED if text else FailureKind.UPSTREAM)
        assert seen.text == text
        if text:
            assert any(anomaly.what == "too_large" for anomaly in seen.anomalies)


async def test_an_endless_body_of_other_events_keeps_no_memory() -> None:
    dialect = DIALECTS["dify"]()
    event = data({"event": "node_finished", "data": {"outputs": "x" * 20_000}})
    gc.collect()
    tracemalloc.start()
    try:
        seen = await replay(dialect, *[event] * 2_000, dialect.text("补卡"), dialect.end())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (seen.error, seen.text) == (None, "补卡")
    assert peak < 20 * MIB
