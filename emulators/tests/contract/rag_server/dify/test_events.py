"""What is streamed, in which order, by each kind of app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.tests.contract.rag_server.clients import data_of
from emulators.tests.contract.rag_server.dify.caller import CHAT, COMPLETION, PATHS, WORKFLOW, names, text_of

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.dify.caller import Caller
    from emulators.tests.contract.rag_server.dify.conftest import Calling

NODES = ["node_started", "node_finished"] * 2 + ["node_started"]
CLOSING_NODES = ["node_finished", "node_started", "node_finished"]


@pytest.mark.parametrize(
    ("app", "order"),
    [
        ("chat", ["message", "message_end"]),
        ("completion", ["message", "message_end"]),
        ("agent", [*["agent_thought", "agent_message"] * 2, "agent_thought", "message_end"]),
        (
            "chatflow",
            ["workflow_started", *NODES, "message", *CLOSING_NODES, "workflow_finished", "message_end"],
        ),
        ("workflow", ["workflow_started", *NODES, "text_chunk", *CLOSING_NODES, "workflow_finished"]),
    ],
)
async def test_every_kind_of_app_has_its_order(calling: Calling, app: str, order: list[str]) -> None:
    async with calling(app) as caller:
        assert names(await caller.stream(PATHS.get(app, CHAT))) == order


async def test_a_stream_is_lines_of_compact_json(chat: Caller) -> None:
    response = await chat.ask(response_mode="streaming")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert all(line.startswith('data: {"event":"') for line in response.text.split("\n\n") if line)


async def test_every_event_of_a_chat_names_the_same_ids(chat: Caller) -> None:
    events = await chat.stream()
    for name in ("conversation_id", "message_id", "task_id", "created_at"):
        assert len({event[name] for event in events}) == 1
    assert all(event["id"] == event["message_id"] for event in events)


async def test_a_completion_has_no_conversation(calling: Calling) -> None:
    async with calling("completion") as caller:
        assert not any("conversation_id" in event for event in await caller.stream(COMPLETION))
        answer = (await caller.ask(COMPLETION)).json()
    assert "conversation_id" not in answer
    assert (answer["event"], answer["mode"]) == ("message", "completion")


async def test_the_end_cites_and_counts(chat: Caller) -> None:
    *_, end = await chat.stream()
    first = end["metadata"]["retriever_resources"][0]
    assert (first["position"], first["document_name"]) == (1, "休假制度.md")
    assert "年假" in first["content"]
    assert {"dataset_id", "segment_id", "score", "doc_metadata", "summary"} <= set(first)
    used = end["metadata"]["usage"]
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"]


async def test_a_whole_answer_says_what_a_stream_says(chat: Caller) -> None:
    answer = (await chat.ask()).json()
    assert answer["answer"] == text_of(await chat.stream())
    assert set(answer) == {
        "event",
        "task_id",
        "id",
        "message_id",
        "conversation_id",
        "mode",
        "answer",
        "metadata",
        "created_at",
    }


async def test_an_agents_thought_is_sent_again_while_it_fills(calling: Calling) -> None:
    async with calling("agent") as caller:
        events = await caller.stream()
    thoughts = [event for event in events if event["event"] == "agent_thought"]
    first = [one for one in thoughts if one["position"] == 1]
    assert len({one["id"] for one in first}) == 1
    assert [(bool(one["tool"]), bool(one["observation"])) for one in first] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert thoughts[2]["thought"] + thoughts[-1]["thought"] == text_of(events)


async def test_an_agent_writes_before_it_calls_its_tool(calling: Calling) -> None:
    async with calling("agent") as caller:
        events = await caller.stream()
    tool = next(at for at, one in enumerate(events) if one.get("tool"))
    before = "".join(one["answer"] for one in events[:tool] if one["event"] == "agent_message")
    assert before == "我先查一下员工手册。"
    assert text_of(events).startswith(before)


async def test_an_agent_does_not_answer_as_a_whole(calling: Calling) -> None:
    async with calling("agent") as caller:
        response = await caller.ask()
    assert response.status_code == 400
    assert response.json()["message"] == "Agent Chat App does not support blocking mode"


async def test_a_new_agent_repeats_itself_and_cites_nothing(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.new_agent")
    async with calling("agent") as caller:
        *spoken, again, end = await caller.stream()
    assert (again["event"], again["answer"]) == ("message", text_of(spoken))
    assert "retriever_resources" not in end["metadata"]


async def test_a_workflows_outputs_hold_the_whole_text(calling: Calling) -> None:
    async with calling("workflow") as caller:
        events = await caller.stream(WORKFLOW)
        whole = (await caller.ask(WORKFLOW)).json()
    text = "".join(event["data"]["text"] for event in events if event["event"] == "text_chunk")
    assert events[-1]["data"]["outputs"] == whole["data"]["outputs"] == {"text": text}
    assert set(whole) == {"task_id", "workflow_run_id", "data"}
    assert (whole["data"]["status"], whole["data"]["error"]) == ("succeeded", None)
    assert whole["data"]["total_steps"] == 4


async def test_a_chatflows_two_ends_can_be_swapped(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.ends_swapped")
    async with calling("chatflow") as caller:
        assert names(await caller.stream())[-2:] == ["message_end", "workflow_finished"]


async def test_thoughts_are_part_of_the_text(chat: Caller, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.think")
    text = text_of(await chat.stream())
    assert text.startswith("<think>\n")
    assert "\n</think>根据《休假制度》" in text


async def test_an_empty_answer_is_one_empty_message(chat: Caller, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.empty")
    message, end = await chat.stream()
    assert (message["answer"], end["event"]) == ("", "message_end")


@pytest.mark.parametrize(("app", "event"), [("chat", "message_replace"), ("chatflow", "message_replace")])
async def test_moderation_replaces_the_whole_answer(
    calling: Calling, faults: FaultBoard, app: str, event: str
) -> None:
    faults.switch_on("knowledge.dify.message_replace", value="不便回答。")
    async with calling(app) as caller:
        events = await caller.stream()
        whole = (await caller.ask()).json()
    [replacement] = [one for one in events if one["event"] == event]
    assert replacement["answer"] == whole["answer"] == "不便回答。"


async def test_a_workflows_text_is_replaced_by_an_event_of_its_own(
    calling: Calling, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.dify.message_replace")
    async with calling("workflow") as caller:
        events = await caller.stream(WORKFLOW)
    [replacement] = [one for one in events if one["event"] == "text_replace"]
    assert events[-1]["data"]["outputs"]["text"] == replacement["data"]["text"]


async def test_a_human_input_node_ends_the_stream_with_a_form(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.human_input")
    async with calling("workflow") as caller:
        events = data_of((await caller.ask(WORKFLOW, response_mode="streaming")).text)
    assert names(events) == ["workflow_started", "node_started", "human_input_required", "workflow_paused"]
    assert events[2]["data"]["form_token"]
