"""What a backend can do, seen by asking the emulated product: the columns of docs/guides/backends.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import msgspec

from devserver.wiring.backends import backend_here
from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, Naps
from rag_on_dingtalk.backends.base import Suggestions, Upload
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.testing import ASK, outcome, soon

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Backend

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
THERE = AnythingLLM(base_url="http://knowledge", api_key="env:KEY", workspace="handbook")
PICTURE = Upload("工牌.png", "image/png", b"\x89PNG")
DOCUMENT = Upload("表.pdf", "application/pdf", b"%PDF")
TRAVEL = msgspec.structs.replace(ASK, text=TRAVEL_QUESTION, session_key="one")
#: Stands in the history that is given along, and nowhere else.
REMEMBERED = "只在历史里的一句话"


class Abilities(msgspec.Struct, frozen=True):
    """One row of the table.

    memory: `there` when the product keeps the session, `sent` when it travels with each question; `none`.
    """

    sources: bool
    memory: str
    pictures: bool
    documents: bool
    stop: bool
    feedback: bool
    suggestions: bool


async def observe(kind: str, app: str) -> Abilities:
    server = KnowledgeServer(
        api_key=KEY, faults=FaultBoard(), kind=kind, app=app, piece_delay=0, sleep=Naps()
    )
    await server.start()
    try:
        settings = backend_here(THERE, kind=kind, app=app, base_url=server.base_url)
        async with httpx.AsyncClient(verify=trust(), trust_env=False) as http:
            return await _observe(build_backend(settings, Secret(KEY), http), server)
    finally:
        await server.stop()


async def _observe(backend: Backend, server: KnowledgeServer) -> Abilities:
    first = await soon(outcome(backend, TRAVEL))
    known = first.identifiers_known
    following = msgspec.structs.replace(
        TRAVEL, conversation_id=known.conversation_id, history=(Exchange(TRAVEL_QUESTION, REMEMBERED),)
    )
    await soon(outcome(backend, following))
    sent = REMEMBERED in json.dumps([request.body for request in server.requests], ensure_ascii=False)
    memory = "sent" if sent else await _memory(backend)
    pictures, documents = [await _takes(backend, one) for one in (PICTURE, DOCUMENT)]
    asked = len(server.requests)
    await backend.stop(following, known.task_id or "task")
    stopped = len(server.requests)
    await backend.rate(known.message_id, liked=True, reason="", user=ASK.user)
    return Abilities(
        sources=bool(first.citations),
        memory=memory,
        pictures=pictures,
        documents=documents,
        stop=stopped > asked,
        feedback=len(server.requests) > stopped,
        suggestions=any(isinstance(part, Suggestions) for part in first.parts),
    )


async def _memory(backend: Backend) -> str:
    """Whether the product knows what a question is about that does not say so."""
    bonus = msgspec.structs.replace(TRAVEL, text="年终奖怎么算", session_key="memory")
    known = (await soon(outcome(backend, bonus))).identifiers_known
    when = msgspec.structs.replace(bonus, text="什么时候发？", conversation_id=known.conversation_id)
    return "there" if "年终奖" in (await soon(outcome(backend, when))).text else "none"


async def _takes(backend: Backend, upload: Upload) -> bool:
    ask = msgspec.structs.replace(TRAVEL, session_key="files", uploads=(upload,))
    try:
        seen = await soon(outcome(backend, ask))
    except Exception as error:  # a refusal may come before the first part
        if getattr(error, "kind", None) is FailureKind.FILE_REFUSED:
            return False
        raise
    return seen.kind is not FailureKind.FILE_REFUSED
