"""Conversations that Dify no longer has, or no longer answers in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.sections.backends import Timeouts
from rag_on_dingtalk.testing.outcome import outcome, soon
from rag_on_dingtalk.testing.scripted import Move, body, head, stream
from tests.contract.backends.dify.hearing import RETURNING, SAYS

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer

GONE = '{"code": "not_found", "message": "Conversation Not Exists. You may have sent…", "status": 404}'


async def test_a_conversation_that_is_gone_is_replaced_once_for_the_same_user(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(404, GONE))
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    seen = await outcome(SAYS.build(server.url, http), RETURNING)

    assert (seen.error, seen.text) == (None, "好")
    assert seen.identifiers.conversation_id == "c-1"
    first, second = (request.body for request in server.received)
    assert (first["conversation_id"], second["conversation_id"]) == ("c-old", "")
    assert {**first, "conversation_id": ""} == second


async def test_a_conversation_that_stays_gone_is_not_asked_for_again(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(404, GONE))
    server.will(body(404, GONE))

    seen = await outcome(SAYS.build(server.url, http), RETURNING)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert len(server.received) == 2


async def test_a_conversation_that_only_pings_is_replaced_by_a_new_one(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), Move.PING_ON])
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    # Far longer than between two pings, so that only the time in which there must be an event runs out.
    backend = SAYS.build(server.url, http, Timeouts(first_byte=0.4, idle=0.4))

    seen = await soon(outcome(backend, RETURNING))

    assert (seen.error, seen.text) == (None, "好")
    assert [request.body["conversation_id"] for request in server.received] == ["c-old", ""]
