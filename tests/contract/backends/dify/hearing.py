"""Dify's apps, and how they are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import data, stream
from tests.contract.backends.dialects.dify import DifyDialect, DifyWorkflowDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.outcome import Outcome
    from rag_on_dingtalk.testing.scripted import ScriptedServer

SAYS = DifyDialect()
FLOWS = DifyWorkflowDialect()
RETURNING = msgspec.structs.replace(ASK, conversation_id="c-old")


async def hear(
    server: ScriptedServer, http: httpx.AsyncClient, *events: bytes, says: DifyDialect = SAYS, **settings: Any
) -> Outcome:
    server.will(stream(events))
    return await outcome(says.build(server.url, http, **settings))


def refusal(status: int, code: str, message: str) -> str:
    return data({"code": code, "message": message, "status": status}).decode().removeprefix("data: ")
