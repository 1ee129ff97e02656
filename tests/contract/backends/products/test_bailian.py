"""Bailian: its streams in documented shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.bailian import BailianBackend
from rag_on_dingtalk.backends.bailian.session import SESSION_SECONDS, SESSION_TURNS
from rag_on_dingtalk.backends.base import Reasoning, Replacement, Upload, Usage
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Bailian
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import body, data, stream
from tests.contract.backends.dialects.bailian import BailianDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.testing.outcome import Outcome
    from rag_on_dingtalk.testing.scripted import ScriptedServer

SAYS = BailianDialect()


async def hear(server: ScriptedServer, http: httpx.AsyncClient, *events: bytes, **settings: Any) -> Outcome:
    server.will(stream(events))
    return await outcome(SAYS.build(server.url, http, **settings))


def repeating(*texts: str, last: str) -> list[bytes]:
    return [*map(SAYS.text, texts), SAYS.event({"finish_reason": "stop", "text": last})]


async def test_the_question_is_sent_to_the_application(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, SAYS.text("好"), SAYS.end())

    (asked,) = server.received
    assert asked.path == "/api/v1/apps/app1/completion"
    assert asked.headers["x-dashscope-sse"] == "enable"
    assert "x-dashscope-workspace" not in asked.headers
    assert asked.body == {
        "input": {"prompt": "怎么补卡？"},
        "parameters": {"incremental_output": True, "has_thoughts": False},
        "debug": {},
    }


async def test_a_workflow_of_a_sub_workspace_is_asked_in_its_own_way(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    settings: dict[str, Any] = {
        "workspace": "ws_1",
        "app": "workflow",
        "inputs": {"asker": "{user_name}"},
        "thoughts": True,
    }
    backend = SAYS.build(server.url, http, base_url=f"{server.url}/api/v1/", **settings)

    await outcome(backend, msgspec.structs.replace(ASK, user_name="小明"))

    (asked,) = server.received
    assert asked.path == "/api/v1/apps/app1/completion"
    assert asked.headers["x-dashscope-workspace"] == "ws_1"
    assert asked.body["input"]["biz_params"] == {"asker": "小明"}
    assert asked.body["parameters"]["has_thoughts"] is True
    assert asked.body["parameters"]["flow_stream_mode"] == "message_format"


class Clock:
    def __init__(self) -> None:
        self.now = 1_772_000_000.0

    def __call__(self) -> float:
        return self.now


def clocked(server: ScriptedServer, http: httpx.AsyncClient, clock: Clock) -> Backend:
    settings = Bailian(app_id="app1", api_key="env:KEY", base_url=server.url)
    return BailianBackend(settings, Secret(SAYS.key), http, clock)


async def asked_session(server: ScriptedServer, backend: Backend, conversation_id: str) -> tuple[object, str]:
    """The session id that was sent, and the conversation id that came back."""
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    seen = await outcome(backend, msgspec.structs.replace(ASK, conversation_id=conversation_id))
    return server.received[-1].body["input"].get("session_id"), seen.identifiers.conversation_id


async def test_a_session_is_continued_until_the_cloud_forgets_it(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    clock = Clock()
    backend = clocked(server, http, clock)
    first, conversation = await asked_session(server, backend, "")
    clock.now += SESSION_SECONDS - 1
    second, conversation = await asked_session(server, backend, conversation)
    clock.now += SESSION_SECONDS - 1
    third, conversation = await asked_session(server, backend, conversation)
    clock.now += SESSION_SECONDS
    late, _ = await asked_session(server, backend, conversation)

    assert [first, second, third, late] == [None, "0c11", "0c11", None]


async def test_a_session_ends_after_its_turns(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    backend = clocked(server, http, Clock())
    conversation, sent = "", []
    for _ in range(SESSION_TURNS + 2):
        session, conversation = await asked_session(server, backend, conversation)
        sent.append(session)

    assert sent == [None, *["0c11"] * (SESSION_TURNS - 1), None, "0c11"]


async def test_a_conversation_id_of_another_backend_is_no_session(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    session, _ = await asked_session(server, clocked(server, http, Clock()), "c-of-dify")

    assert session is None


async def test_a_session_that_is_refused_is_replaced_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = clocked(server, http, Clock())
    _, conversation = await asked_session(server, backend, "")
    gone = body(400, data(SAYS.error("Session not found", "InvalidParameter")).decode()[6:])
    server.will(gone)

    session, _ = await asked_session(server, backend, conversation)

    assert session is None
    assert server.received[1].body["input"]["session_id"] == "0c11"


async def test_an_answer_that_repeats_itself_is_heard_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server, http, *repeating("补卡", "补卡每月", "", "补卡每月三次。", last="补卡每月三次。")
    )

    assert (seen.error, seen.text) == (None, "补卡每月三次。")
    assert not any(isinstance(part, Replacement) for part in seen.parts)


@pytest.mark.parametrize("pieces", [["哈", "哈哈", "，"], ["哈", "哈哈"], ["补卡", "补卡"], ["补卡"]])
async def test_pieces_that_look_like_repetitions_are_pieces_in_the_end(
    pieces: list[str], http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, *map(SAYS.text, pieces), SAYS.end())

    assert (seen.error, seen.text) == (None, "".join(pieces))


async def test_marks_of_sources_are_not_shown(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    pieces = ["四楼 <re", "f>[1]</", "ref>。"]

    assert (await hear(server, http, *map(SAYS.text, pieces), SAYS.end())).text == "四楼。"


async def test_sources_have_links_and_pages(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    references = [
        {
            "title": "楼层",
            "doc_url": "https://oss.example.com/x?sig=1",
            "text": "四楼",
            "page_number": [3, 4],
        },
        {"title": "", "doc_name": "手册", "doc_url": "oss://x", "text": None, "page_number": None},
        {"title": None},
    ]
    end = SAYS.event({"finish_reason": "stop", "text": "", "doc_references": references})

    seen = await hear(server, http, SAYS.text("好"), end)

    assert seen.citations == (
        Citation("楼层", url="https://oss.example.com/x?sig=1", excerpt="四楼", place="p. 3, 4"),
        Citation("手册"),
    )


async def test_reasoning_is_told_apart_from_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    thought = SAYS.event(
        {"finish_reason": "null", "text": "", "thoughts": [{"thought": "想"}, {"thought": None}]}
    )

    seen = await hear(server, http, thought, SAYS.text("好"), SAYS.end())

    assert (seen.text, Reasoning("想") in seen.parts) == ("好", True)
    assert Usage(900, 40) in seen.parts


@pytest.mark.parametrize("place", ["workflow_message", "choices"])
async def test_workflows_and_new_agents_answer_elsewhere(
    place: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    def piece(words: str, reason: str) -> bytes:
        message = {"content": words, "reasoning_content": "想" if words == "补卡" else ""}
        places: dict[str, dict[str, Any]] = {
            "workflow_message": {"workflow_message": {"node_id": "n1", "message": {"content": words}}},
            "choices": {"choices": [{"message": message}]},
        }
        return SAYS.event({"finish_reason": reason, **places[place]})

    seen = await hear(server, http, piece("补卡", "null"), piece("三次", "null"), piece("", "stop"))

    assert (seen.error, seen.text) == (None, "补卡三次")
    assert (Reasoning("想") in seen.parts) == (place == "choices")


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (401, "InvalidApiKey", "Invalid API-key provided.", FailureKind.CONFIG_AUTH),
        (403, "AccessDenied", "Access denied.", FailureKind.CONFIG_AUTH),
        (403, "App.AccessDenied", "App access denied.", FailureKind.CONFIG_AUTH),
        (404, "ModelNotFound", "Model not found.", FailureKind.CONFIG_TARGET),
        (400, "InvalidParameter", "Required parameter missing", FailureKind.BAD_INPUT),
        (400, "Arrearage", "Access denied, good standing.", FailureKind.QUOTA),
        (400, "DataInspectionFailed", "inappropriate content", FailureKind.BLOCKED),
        (429, "Throttling.RateQuota", "Requests rate limit exceeded", FailureKind.BUSY),
        (429, "Throttling.AllocationQuota", "Allocated quota exceeded", FailureKind.BUSY),
        (500, "InternalError.Timeout", "An internal error", FailureKind.UPSTREAM),
        (500, "RequestTimeOut", "Request timed out", FailureKind.TIMEOUT),
    ],
)
async def test_a_code_means_the_same_as_an_answer_and_within_a_stream(
    status: int, code: str, words: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    error = SAYS.error(words, code)
    server.will(body(status, data(error).decode()[6:]))
    refused = await outcome(SAYS.build(server.url, http))
    broken = await hear(server, http, b"event:error\n:HTTP_STATUS/400\n" + data(error))

    assert refused.kind is broken.kind is kind
    assert all("b7-1" in str(seen.error) for seen in (refused, broken))


async def test_a_file_is_refused_without_asking(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    picture = Upload("图.png", "image/png", b"\x89PNG")

    seen = await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=(picture,)))

    assert seen.kind is FailureKind.FILE_REFUSED
    assert server.received == []
