"""Dify's chats, agents and chatflows: their streams in recorded shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Identifiers, NothingFound, Replacement, Usage
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import data, stream
from tests.contract.backends.dify.hearing import RETURNING, SAYS, hear

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


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

    await outcome(SAYS.build(server.url, http, base_url=f"{server.url}/dify/v1/"))

    assert server.received[0].path == "/dify/v1/chat-messages"


async def test_the_asker_may_be_named_in_the_inputs(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    backend = SAYS.build(server.url, http, inputs={"asker": "同事{user_name}", "desk": "4"})

    await outcome(backend, msgspec.structs.replace(ASK, user_name="小明"))

    assert server.received[0].body["inputs"] == {"asker": "同事小明", "desk": "4"}


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


async def test_a_chatflow_that_was_stopped_there_is_not_whole(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    stopped = SAYS.event("workflow_finished", data={"status": "stopped"})

    assert (await hear(server, http, SAYS.text("补卡"), stopped, SAYS.end())).kind is FailureKind.INTERRUPTED


async def test_escaped_text_is_read(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    escaped = rb'data: {"event":"message","answer":"\u8865\u5361 \ud83d\ude42 \ud83d<\/b>"}' + b"\n\n"

    assert (await hear(server, http, escaped, SAYS.end())).text == "补卡 🙂 ?</b>"


async def test_the_usage_is_told(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert Usage(900, 40) in (await hear(server, http, SAYS.text("好"), SAYS.end())).parts


async def test_what_the_prompt_prescribes_is_known_as_no_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server,
        http,
        SAYS.text("抱歉，知识库"),
        SAYS.text("里没有。"),
        SAYS.end(),
        no_answer=("抱歉，知识库",),
    )

    assert NothingFound() in seen.parts


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
