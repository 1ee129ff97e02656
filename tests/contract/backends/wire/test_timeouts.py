"""Every backend: how long it is waited for, and that the wait ends when the caller has gone."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.sections.backends import Timeouts
from rag_on_dingtalk.testing.outcome import ASK, outcome, soon
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, Script, chunk, head, stream

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import ScriptedServer

#: Longer than `soon` lets a test wait.
LONG = 120.0
SHORT = 0.08
SHORTER = 0.02


@pytest.mark.parametrize("beginning", [[], [head()]], ids=["no headers", "headers only"])
async def test_a_backend_that_sends_nothing_is_given_up_after_its_first_byte_timeout(
    beginning: Script, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([*beginning, Move.STAY_SILENT])
    timeouts = Timeouts(first_byte=SHORT, idle=LONG)

    assert (await soon(outcome(dialect.build(server.url, http, timeouts)))).kind is FailureKind.TIMEOUT
    await soon(server.hung_up.wait())


@pytest.mark.parametrize("text", ["", "补卡"])
@pytest.mark.parametrize("last", [b"", b"event: ping\n\n"], ids=["text", "ping"])
async def test_a_backend_that_falls_silent_is_given_up_after_its_idle_timeout(
    last: bytes, text: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), chunk((dialect.text(text) if text else b": hello\n\n") + last), Move.STAY_SILENT])
    timeouts = Timeouts(first_byte=LONG, idle=SHORT)

    seen = await soon(outcome(dialect.build(server.url, http, timeouts)))

    assert (seen.kind, seen.text) == (FailureKind.TIMEOUT, text)
    await soon(server.hung_up.wait())


async def test_silence_after_the_last_word_is_no_failure(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), chunk(dialect.text("补卡") + dialect.end()), Move.STAY_SILENT])
    timeouts = Timeouts(first_byte=LONG, idle=SHORT)

    seen = await soon(outcome(dialect.build(server.url, http, timeouts)))

    assert (seen.kind, seen.text) == (None, "补卡")


async def test_the_first_byte_may_take_longer_than_the_idle_timeout(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    # The second question is the clock: when its time is over, the first one's idle time is long past.
    gate = asyncio.Event()
    answer = dialect.text("补卡") + dialect.end()
    server.will([head(), gate, chunk(answer), LAST_CHUNK])
    patient = dialect.build(server.url, http, Timeouts(first_byte=LONG, idle=SHORTER))
    waiting = asyncio.ensure_future(outcome(patient))
    await soon(server.asked.wait())

    server.will([Move.STAY_SILENT])
    hasty = dialect.build(server.url, http, Timeouts(first_byte=SHORT, idle=LONG))
    assert (await soon(outcome(hasty))).kind is FailureKind.TIMEOUT
    gate.set()

    assert (await soon(waiting)).text == "补卡"


async def test_closing_the_generator_closes_the_connection(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), chunk(dialect.text("补卡")), Move.STAY_SILENT])

    async with aclosing(dialect.build(server.url, http).ask(ASK)) as parts:
        async for part in parts:
            if isinstance(part, Text):
                break

    await soon(server.hung_up.wait())


@pytest.mark.parametrize("after", ["the question", "the headers", "the first text"])
async def test_cancelling_the_task_closes_the_connection(
    after: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    heard = asyncio.Event()
    script: dict[str, Script] = {
        "the question": [],
        "the headers": [head()],
        "the first text": [head(), chunk(dialect.text("补卡"))],
    }
    server.will([*script[after], Move.STAY_SILENT])
    asking = asyncio.ensure_future(outcome(dialect.build(server.url, http), on_text=heard.set))
    await soon((heard if after == "the first text" else server.asked).wait())

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await soon(asking)
    await soon(server.hung_up.wait())


async def test_a_backend_is_ready_for_the_next_question_after_a_cancelled_one(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http)
    server.will([Move.STAY_SILENT])
    asking = asyncio.ensure_future(outcome(backend))
    await soon(server.asked.wait())
    asking.cancel()
    await soon(asyncio.wait({asking}))

    server.will(stream([dialect.text("补卡"), dialect.end()]))

    assert (await outcome(backend)).text == "补卡"
