"""What an application answers: framing, citations, thoughts, the kinds of app."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from emulators.tests.contract.rag_server.bailian.caller import INCREMENTAL, PATH, STREAM, ask, stream, text_of
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, blocks, data_of

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.bailian.conftest import Calling


@pytest.mark.parametrize("headers", [STREAM, {"Accept": "text/event-stream"}])
async def test_an_event_has_a_number_a_name_a_status_and_data(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    body = {"input": {"prompt": TRAVEL_QUESTION}, "parameters": INCREMENTAL}
    response = await http.post(PATH, json=body, headers=headers)
    assert response.text.startswith('id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{')
    events = blocks(response.text)
    assert [event["id"] for event in events] == [str(number) for number in range(1, len(events) + 1)]
    outputs = data_of(response.text)
    assert {one["output"]["finish_reason"] for one in outputs[:-1]} == {"null"}
    assert outputs[-1]["output"]["finish_reason"] == "stop"
    assert len({one["request_id"] for one in outputs}) == 1
    assert outputs[-1]["usage"]["models"][0]["output_tokens"] > 0


async def test_without_incremental_output_every_event_repeats_the_text(http: httpx.AsyncClient) -> None:
    texts = [output["text"] for output in await stream(http, {"has_thoughts": False})]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert texts[-1] == text_of(await stream(http))


async def test_a_whole_answer_says_what_a_stream_says(http: httpx.AsyncClient) -> None:
    whole = (await http.post(PATH, json={"input": {"prompt": TRAVEL_QUESTION}})).json()
    assert set(whole) == {"output", "usage", "request_id"}
    assert whole["output"]["text"] == text_of(await stream(http))


async def test_citations_are_marked_in_the_text_and_listed_at_the_end(http: httpx.AsyncClient) -> None:
    *_, last = outputs = await stream(http)
    first = last["doc_references"][0]
    assert text_of(outputs).endswith("<ref>[1]</ref>")
    assert (first["index_id"], first["title"]) == ("1", "差旅报销标准（2026 版）")
    assert {"doc_id", "doc_name", "doc_url", "text", "biz_id", "images", "page_number"} <= set(first)
    assert not any("doc_references" in output for output in outputs[:-1])


async def test_simple_citations_have_no_marks(http: httpx.AsyncClient) -> None:
    output = await ask(http, doc_reference_type="simple")
    assert "<ref>" not in output["text"]
    assert output["doc_references"]


async def test_thoughts_are_told_when_asked_for(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.think")
    outputs = await stream(http, {**INCREMENTAL, "has_thoughts": True})
    told = [output["thoughts"][0]["thought"] for output in outputs if "thoughts" in output]
    assert "".join(told).startswith("员工问的是制度")
    assert outputs[-1]["thoughts"][0]["action_name"] == "知识检索"
    assert text_of(outputs).startswith("根据")
    assert not any("thoughts" in output for output in await stream(http))


async def test_pictures_come_by_address(http: httpx.AsyncClient) -> None:
    assert "1 张图片" in (await ask(http, image_list=["https://example.com/desk.png"]))["text"]


async def test_a_workflow_streams_in_the_form_it_is_asked_for(calling: Calling) -> None:
    async with calling("workflow") as http:
        silent = await stream(http)
        text = await stream(http, {**INCREMENTAL, "flow_stream_mode": "agent_format"})
        nodes = await stream(http, {**INCREMENTAL, "flow_stream_mode": "message_format"})
    assert len(silent) == 1
    assert text_of(text) == silent[0]["text"]
    messages = [output["workflow_message"] for output in nodes]
    assert "".join(one["message"]["content"] for one in messages) == silent[0]["text"]
    assert [one["node_is_completed"] for one in messages] == [False] * (len(nodes) - 1) + [True]
    assert not any("text" in output for output in nodes)


async def test_an_agent_of_the_second_kind_answers_in_choices(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.think")
    async with calling("agent2") as http:
        outputs = await stream(http)
        whole = await ask(http)
    messages = [output["choices"][0]["message"] for output in outputs]
    said = "".join(message["content"] for message in messages)
    assert said == whole["choices"][0]["message"]["content"]
    assert messages[0]["reasoning_content"]
    assert not any("text" in output for output in outputs)


async def test_the_last_event_can_hold_everything_again(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.bailian.repeats")
    *spoken, last = await stream(http)
    assert last["text"] == text_of(spoken)
    assert last["doc_references"]


async def test_an_answer_can_end_for_another_reason(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.bailian.finish")
    assert (await stream(http))[-1]["finish_reason"] == "length"
    assert (await ask(http))["finish_reason"] == "length"
