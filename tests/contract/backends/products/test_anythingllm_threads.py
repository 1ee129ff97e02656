"""AnythingLLM with `threads`: a session is a thread, which belongs to an account in multi-user mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION, Naps
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.testing.scripted import ScriptedServer

KEY = "K7Q2M4X-9TB1C3D-ZZ8Y7W6-1A2B3C4"
TRAVEL = msgspec.structs.replace(ASK, text=TRAVEL_QUESTION)


@pytest.fixture
async def knowledge() -> AsyncIterator[KnowledgeServer]:
    server = KnowledgeServer(api_key=KEY, faults=FaultBoard(), app="multi-user", piece_delay=0, sleep=Naps())
    await server.start()
    yield server
    await server.stop()


def backend(url: str, http: httpx.AsyncClient, **settings: Any) -> Backend:
    place = {"base_url": url, "api_key": "env:KEY", "workspace": "handbook", "threads": True}
    return build_backend(AnythingLLM(**{**place, **settings}), Secret(KEY), http)


async def threads(knowledge: KnowledgeServer, http: httpx.AsyncClient) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {KEY}"}
    reply = await http.get(f"{knowledge.url}/api/v1/workspace/handbook", headers=headers)
    listed: list[dict[str, Any]] = reply.json()["workspace"][0]["threads"]
    return listed


async def test_a_session_is_one_thread_of_the_account(
    knowledge: KnowledgeServer, tls_free_http: httpx.AsyncClient
) -> None:
    bot = backend(knowledge.url, tls_free_http, user_id=2)

    first = await outcome(bot, TRAVEL)
    thread = first.identifiers_known.conversation_id
    second = await outcome(bot, msgspec.structs.replace(ASK, text=FOLLOW_UP, conversation_id=thread))

    assert (first.error, second.error) == (None, None)
    assert "员工为 600 元" in second.text
    [kept] = await threads(knowledge, tls_free_http)
    assert kept["slug"] == thread
    assert TRAVEL_QUESTION.startswith(kept["name"])
    begun, *asked = [request for request in knowledge.requests if "/thread/" in request.path]
    assert begun.body["userId"] == 2
    assert [request.body["userId"] for request in asked] == [2, 2]
    assert all("sessionId" not in request.body for request in asked)


async def test_a_new_session_is_another_thread(
    knowledge: KnowledgeServer, tls_free_http: httpx.AsyncClient
) -> None:
    """After /new, or when the session has expired, no conversation id comes with the question."""
    bot = backend(knowledge.url, tls_free_http, user_id=1)

    one, other = [(await outcome(bot, TRAVEL)).identifiers_known.conversation_id for _ in range(2)]

    assert one != other
    assert {kept["slug"] for kept in await threads(knowledge, tls_free_http)} == {one, other}


async def test_a_thread_that_was_deleted_there_is_begun_anew_once(
    knowledge: KnowledgeServer, tls_free_http: httpx.AsyncClient
) -> None:
    bot = backend(knowledge.url, tls_free_http)

    seen = await outcome(bot, msgspec.structs.replace(TRAVEL, conversation_id="gone"))

    assert seen.error is None
    [kept] = await threads(knowledge, tls_free_http)
    assert seen.identifiers_known.conversation_id == kept["slug"]


@pytest.mark.parametrize(
    ("settings", "advice"),
    [({"user_id": 99}, "Check backend.user_id"), ({"workspace": "nope"}, "backend.workspace")],
)
async def test_a_thread_that_cannot_be_begun_says_what_to_look_at(
    settings: dict[str, Any], advice: str, knowledge: KnowledgeServer, tls_free_http: httpx.AsyncClient
) -> None:
    seen = await outcome(backend(knowledge.url, tls_free_http, **settings), TRAVEL)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert advice in str(seen.error)


async def test_a_workspace_that_vanished_is_a_wrong_target_on_the_path_of_a_thread(
    knowledge: KnowledgeServer, tls_free_http: httpx.AsyncClient
) -> None:
    bot = backend(knowledge.url, tls_free_http, workspace="nope")

    seen = await outcome(bot, msgspec.structs.replace(TRAVEL, conversation_id="t-1"))

    assert seen.kind is FailureKind.CONFIG_TARGET


@pytest.mark.parametrize("status", [403, 502])
async def test_a_refusal_to_begin_a_thread_is_told_like_any_other(
    status: int, tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, '{"error": "No valid api key found."}'))

    seen = await outcome(backend(server.url, tls_free_http), TRAVEL)

    assert seen.kind is (FailureKind.CONFIG_AUTH if status == 403 else FailureKind.UPSTREAM)


def test_an_account_without_threads_is_a_mistake() -> None:
    place = {"kind": "anythingllm", "base_url": "http://kb", "api_key": "env:K", "workspace": "w"}

    with pytest.raises(msgspec.ValidationError, match="user_id needs threads"):
        msgspec.convert({**place, "user_id": 1}, AnythingLLM)
