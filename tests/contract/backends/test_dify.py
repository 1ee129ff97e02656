"""Dify: its streams in recorded shape, app type by app type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Identifiers, Replacement
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.config import Dify, Secret
from rag_on_dingtalk.errors import FailureKind
from tests.contract.backends.dialects import DifyDialect
from tests.contract.backends.outcome import ASK, outcome
from tests.contract.backends.scripted import body, data, stream

if TYPE_CHECKING:
    import httpx

    from tests.contract.backends.outcome import Outcome
    from tests.contract.backends.scripted import ScriptedServer

SAYS = DifyDialect()
RETURNING = msgspec.structs.replace(ASK, conversation_id="c-old")
GONE = '{"code": "not_found", "message": "Conversation Not Exists. You may have sent…", "status": 404}'


async def hear(server: ScriptedServer, http: httpx.AsyncClient, *events: bytes) -> Outcome:
    server.will(stream(events))
    return await outcome(SAYS.build(server.url, http))


def refusal(status: int, code: str, message: str) -> str:
    return data({"code": code, "message": message, "status": status}).decode().removeprefix("data: ")


async def test_the_question_is_sent_with_inputs_conversation_and_user(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    await outcome(SAYS.build(server.url, http), RETURNING)

    assert server.received[0].path == "/v1/chat-messages"
    assert server.received[0].body == {
        "inputs": {"desk": "4"},
        "query": "怎么补卡？",
        "response_mode": "streaming",
        "conversation_id": "c-old",
        "user": "dt-anna",
        "auto_generate_name": False,
    }


async def test_a_slash_after_the_base_url_does_no_harm(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    settings = Dify(base_url=f"{server.url}/dify/v1/", api_key="env:KEY")

    await outcome(build_backend(settings, Secret(SAYS.key), http))

    assert server.received[0].path == "/dify/v1/chat-messages"


async def test_the_identifiers_come_with_the_first_event_that_has_them(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    partial = data({"event": "workflow_started", "task_id": "t-1", "data": {"id": "r-1"}})

    seen = await hear(server, http, b"event: ping\n\n", partial, SAYS.text("好"), SAYS.text("的"), SAYS.end())

    assert [part for part in seen.parts if isinstance(part, Identifiers)] == [
        Identifiers(task_id="t-1"),
        Identifiers(conversation_id="c-1", message_id="m-1", task_id="t-1"),
    ]


async def test_an_agents_thoughts_are_not_its_answer(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    thought = SAYS.event(
        "agent_thought", id="th-1", position=1, thought="补卡每月三次。", tool="", observation=""
    )

    seen = await hear(
        server,
        http,
        thought,
        SAYS.event("agent_message", answer="补卡"),
        SAYS.event("agent_message", answer="每月三次。"),
        thought,
        SAYS.end(),
    )

    assert (seen.error, seen.text) == (None, "补卡每月三次。")


@pytest.mark.parametrize("closing", [["补卡每月三次。"], ["补卡", "每月三次。"]], ids=["whole", "in pieces"])
async def test_a_new_agents_closing_message_is_its_whole_answer(
    closing: list[str], http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server,
        http,
        SAYS.event("agent_message", answer="我查一下。"),
        SAYS.event("agent_message", answer="补卡"),
        *map(SAYS.text, closing),
        SAYS.end(),
    )

    assert seen.text == "补卡每月三次。"


async def test_a_replaced_message_replaces_everything(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    replaced = SAYS.event("message_replace", answer="无法回答。", reason="output_moderation")

    seen = await hear(server, http, SAYS.text("补卡"), replaced, SAYS.text("请联系人事。"), SAYS.end())

    assert seen.text == "无法回答。请联系人事。"
    assert Replacement("无法回答。") in seen.parts


async def test_moderated_input_that_is_repeated_is_heard_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    letters = [SAYS.text(letter) for letter in "无法回答"]

    seen = await hear(server, http, *letters, SAYS.event("message_replace", answer="无法回答"), SAYS.end())

    assert (seen.error, seen.text) == (None, "无法回答")


@pytest.mark.parametrize("order", ["observed", "documented"])
async def test_a_chatflow_may_finish_in_either_order(
    order: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    finished = SAYS.event("workflow_finished", data={"status": "succeeded", "outputs": {"answer": "好的"}})
    end = [finished, SAYS.end()] if order == "observed" else [SAYS.end(), finished]
    tts = SAYS.event("tts_message_end", audio="")

    seen = await hear(
        server,
        http,
        SAYS.event("workflow_started", data={}),
        SAYS.event("node_started", data={"title": "LLM"}),
        SAYS.text("好的"),
        SAYS.event("node_finished", data={"status": "succeeded", "process_data": {"prompts": "x" * 300_000}}),
        *end,
        tts,
    )

    assert (seen.error, seen.text, len(seen.citations)) == (None, "好的", 1)


async def test_a_chatflow_without_its_message_end_was_interrupted(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    finished = SAYS.event("workflow_finished", data={"status": "succeeded", "outputs": {}})

    assert (await hear(server, http, SAYS.text("好的"), finished)).kind is FailureKind.INTERRUPTED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("Run failed: [openai] status code 429", FailureKind.BUSY),
        ("Node LLM run failed", FailureKind.UPSTREAM),
        (None, FailureKind.UPSTREAM),
    ],
)
async def test_a_failed_workflow_is_told_by_its_error(
    error: str | None, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    failed = SAYS.event("workflow_finished", data={"status": "failed", "error": error})

    assert (await hear(server, http, failed)).kind is kind
    assert (await hear(server, http, SAYS.text("好"), failed)).kind is FailureKind.INTERRUPTED


async def test_a_flow_that_waits_for_a_form_says_so(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    paused = (
        SAYS.event("human_input_required", data={"form_token": "f"}),
        SAYS.event("workflow_paused", data={}),
    )

    seen = await hear(server, http, *paused)

    assert seen.kind is FailureKind.UPSTREAM
    assert "Human Input" in str(seen.error)


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


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, "unauthorized", "Access token is invalid", FailureKind.CONFIG_AUTH),
        (403, "forbidden", "The app's API service has been disabled.", FailureKind.CONFIG_AUTH),
        (400, "not_chat_app", "Please check if your app mode matches.", FailureKind.CONFIG_TARGET),
        (400, "app_unavailable", "App unavailable.", FailureKind.CONFIG_TARGET),
        (400, "provider_not_initialize", "No valid model provider.", FailureKind.CONFIG_TARGET),
        (400, "model_currently_not_support", "…", FailureKind.CONFIG_TARGET),
        (400, "invalid_param", "Model qwen-9 not exist.", FailureKind.CONFIG_TARGET),
        (400, "provider_quota_exceeded", "Your quota is used up.", FailureKind.QUOTA),
        (429, "rate_limit_error", "Plan limit reached.", FailureKind.QUOTA),
        (429, "too_many_requests", "Too many requests.", FailureKind.BUSY),
        (400, "invalid_param", "Too many requests. Please try again later.", FailureKind.BUSY),
        (400, "invalid_param", "desk is required in input form", FailureKind.BAD_INPUT),
        (400, "invalid_param", "Run failed: Node LLM run failed", FailureKind.UPSTREAM),
        (400, "completion_request_error", "status code 429, slow", FailureKind.BUSY),
        (400, "completion_request_error", "status code 401", FailureKind.UPSTREAM),
        (404, "not_found", "Message Not Exists.", FailureKind.CONFIG_TARGET),
        (413, "file_too_large", "…", FailureKind.BAD_INPUT),
        (500, "internal_server_error", "…", FailureKind.UPSTREAM),
    ],
)
async def test_a_code_means_the_same_as_an_answer_and_within_a_stream(
    status: int, code: str, message: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, refusal(status, code, message)))
    assert (await outcome(SAYS.build(server.url, http))).kind is kind

    event = data({"event": "error", "status": status, "code": code, "message": message})
    assert (await hear(server, http, event)).kind is kind
    assert (await hear(server, http, SAYS.text("好"), event)).kind is FailureKind.INTERRUPTED


async def test_what_a_person_wrote_is_not_quoted_from_a_validation_error(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    report = (
        "1 validation error for ChatPayload\nquery\n  Too long [type=string_too_long, input_value='我的工资']"
    )
    server.will(body(400, refusal(400, "invalid_param", report)))

    seen = await outcome(SAYS.build(server.url, http))

    assert seen.kind is FailureKind.BAD_INPUT
    assert "query Too long" in str(seen.error)
    assert "工资" not in str(seen.error)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_web_page_hints_at_the_missing_v1(
    status: int, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, "<!DOCTYPE html><html>404</html>", "text/html"))
    bare = build_backend(Dify(base_url=server.url, api_key="env:KEY"), Secret(SAYS.key), http)

    seen = await outcome(bare)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "its /v1 is probably missing" in str(seen.error)


@pytest.mark.parametrize("resources", [None, [], "no list", [None, {}, {"document_name": None}]])
async def test_an_answer_without_sources_cites_nothing(
    resources: Any, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    end = SAYS.event("message_end", metadata={"retriever_resources": resources})

    seen = await hear(server, http, SAYS.text("好"), end)

    assert (seen.error, seen.citations) == (None, ())


async def test_a_score_that_is_no_number_does_not_cost_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    end = SAYS.end().replace(b'"score": 1.2', b'"score": NaN')

    seen = await hear(server, http, SAYS.text("好"), end)

    assert (seen.error, len(seen.citations)) == (None, 1)


async def test_escaped_text_is_read(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    escaped = rb'data: {"event":"message","answer":"\u8865\u5361 \ud83d\ude42 \ud83d<\/b>"}' + b"\n\n"

    assert (await hear(server, http, escaped, SAYS.end())).text == "补卡 🙂 ?</b>"
