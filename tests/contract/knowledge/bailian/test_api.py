"""Bailian's application API: framing, sessions, citations, the kinds of app, errors."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.knowledge import PRODUCTS, KnowledgeServer
from local.knowledge.bailian.asking import read_ask
from local.knowledge.bailian.errors import KNOWN, BailianError
from tests.contract.knowledge.clients import FOLLOW_UP, TRAVEL_QUESTION, blocks, client_of, data_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    import httpx

    from local.faults import FaultBoard
    from tests.contract.knowledge.clients import Naps

    Calling = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
PATH = "/api/v1/apps/handbook/completion"
STREAM = {"X-DashScope-SSE": "enable"}
INCREMENTAL = {"incremental_output": True}


@pytest.fixture
def calling(faults: FaultBoard, naps: Naps) -> Calling:
    """Opens a server with apps of some kind and gives a client."""
    PRODUCTS["bailian"].declare(faults)

    @asynccontextmanager
    async def call(kind: str) -> AsyncIterator[httpx.AsyncClient]:
        server = KnowledgeServer(
            api_key=KEY, faults=faults, kind="bailian", app=kind, piece_delay=0, sleep=naps
        )
        async with client_of(server, KEY) as client:
            yield client
        await server.stop()

    return call


@pytest.fixture
async def http(calling: Calling) -> AsyncIterator[httpx.AsyncClient]:
    async with calling("agent") as client:
        yield client


async def ask(http: httpx.AsyncClient, question: str = TRAVEL_QUESTION, **more: Any) -> dict[str, Any]:
    """The output of a whole answer."""
    response = await http.post(PATH, json={"input": {"prompt": question, **more}})
    assert response.status_code == 200, response.text
    output: dict[str, Any] = response.json()["output"]
    return output


async def stream(
    http: httpx.AsyncClient, parameters: dict[str, Any] | None = None, **more: Any
) -> list[dict[str, Any]]:
    """The outputs of a streamed answer."""
    body = {"input": {"prompt": TRAVEL_QUESTION, **more}, "parameters": parameters or INCREMENTAL}
    response = await http.post(PATH, json=body, headers=STREAM)
    return [event["output"] for event in data_of(response.text)]


def text_of(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs)


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


async def test_a_session_goes_on_by_its_id(http: httpx.AsyncClient) -> None:
    first = await ask(http, "年终奖怎么算")
    second = await ask(http, "什么时候发？", session_id=first["session_id"])
    assert second["session_id"] == first["session_id"]
    assert "年终奖" in second["text"]
    other = await ask(http, "什么时候发？")
    assert other["session_id"] != first["session_id"]
    assert "年终奖" not in other["text"]


@pytest.mark.parametrize("session", ["nobody-knows", "another-apps"])
async def test_an_unknown_session_is_a_new_context_with_a_new_id(
    http: httpx.AsyncClient, session: str
) -> None:
    if session == "another-apps":
        body = {"input": {"prompt": "VPN 怎么连"}}
        session = (await http.post("/api/v1/apps/it/completion", json=body)).json()["output"]["session_id"]
    assert (await ask(http, session_id=session))["session_id"] != session


async def test_a_session_lives_an_hour_after_its_last_turn(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, naps: Naps, faults: FaultBoard
) -> None:
    clock = [1_772_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    server = KnowledgeServer(api_key=KEY, faults=faults, kind="bailian", piece_delay=0, sleep=naps)
    async with client_of(server, KEY) as client:
        session = (await ask(client))["session_id"]
        for minutes, alive in ((59, True), (59, True), (61, False)):
            clock[0] += minutes * 60
            assert ((await ask(client, FOLLOW_UP, session_id=session))["session_id"] == session) is alive
    await server.stop()


async def test_a_session_has_fifty_turns(http: httpx.AsyncClient) -> None:
    session = (await ask(http))["session_id"]
    for _ in range(49):
        assert (await ask(http, session_id=session))["session_id"] == session
    assert (await ask(http, session_id=session))["session_id"] != session


async def test_a_session_that_is_over_can_be_an_error_instead(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    session = (await ask(http))["session_id"]
    faults.switch_on("knowledge.bailian.session_expired", count=1)
    assert (await ask(http, session_id=session))["session_id"] != session
    faults.switch_on("knowledge.bailian.session_refused", count=1)
    response = await http.post(PATH, json={"input": {"prompt": "年假", "session_id": session}})
    assert (response.status_code, response.json()["code"]) == (400, "InvalidParameter")


async def test_messages_win_over_the_session(http: httpx.AsyncClient) -> None:
    session = (await ask(http, "年终奖怎么算"))["session_id"]
    messages = [
        {"role": "user", "content": TRAVEL_QUESTION},
        {"role": "assistant", "content": "看手册。"},
        {"role": "user", "content": FOLLOW_UP},
    ]
    output = await ask(http, "", messages=messages, session_id=session)
    assert "员工为 600 元" in output["text"]
    assert output["session_id"] != session


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


@pytest.mark.parametrize("code", KNOWN)
async def test_a_question_is_refused_with_the_code_that_was_asked_for(
    http: httpx.AsyncClient, faults: FaultBoard, code: str
) -> None:
    faults.switch_on("knowledge.bailian.code", value=code)
    response = await http.post(PATH, json={"input": {"prompt": "年假"}}, headers=STREAM)
    assert (response.status_code, response.json()["code"]) == (KNOWN[code][0], code)
    assert set(response.json()) == {"code", "message", "request_id"}


async def test_a_failure_inside_a_stream_is_an_error_event_with_a_status(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.bailian.blocked", value="2")
    body = {"input": {"prompt": "年假"}, "parameters": INCREMENTAL}
    response = await http.post(PATH, json=body, headers=STREAM)
    assert response.status_code == 200
    assert response.text.split("\n\n")[-2].startswith("id:3\nevent:error\n:HTTP_STATUS/400\ndata:{")
    *_, error = data_of(response.text)
    assert error["code"] == "DataInspectionFailed"
    assert "output" not in error


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (PATH, {"input": {}}, 400, "InvalidParameter"),
        (PATH, {}, 400, "InvalidParameter"),
        ("/api/v1/apps/nope/completion", {"input": {"prompt": "年假"}}, 404, "NotFound"),
        ("/api/v2/apps/handbook/completion", {"input": {"prompt": "年假"}}, 404, "NotFound"),
    ],
)
async def test_a_bad_request_is_refused(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = await http.post(path, json=body)
    assert (response.status_code, response.json()["code"]) == (status, code)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["user", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "a"]), inner)
    ),
    max_leaves=6,
)
INPUT = ("prompt", "messages", "session_id", "image_list", "doc_reference_type")


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(INPUT, json_values)) | json_values,
    json_values,
)
def test_any_body_is_read_or_rejected(inputs: Any, parameters: Any) -> None:
    try:
        ask = read_ask({"input": inputs, "parameters": parameters})
    except BailianError as error:
        status = error.status
    else:
        status = 200 if ask.question else 0
    assert status in {200, 400}
