"""Where each failure is said: as the response, as an event, in a workflow's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.dify.apps import APPS
from emulators.rag_server.dify.asking import read_ask
from emulators.rag_server.dify.versions import VERSIONS
from emulators.rag_server.http.router import RejectedError
from emulators.tests.contract.rag_server.dify.caller import CHAT, COMPLETION, PATHS, WORKFLOW, names

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.rag_server.versions import Version
    from emulators.tests.contract.rag_server.dify.caller import Caller
    from emulators.tests.contract.rag_server.dify.conftest import Calling


async def test_the_key_is_a_bearer_token_or_401(chat: Caller) -> None:
    for header in ("", "Bearer wrong", "Token app-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"):
        response = await chat.http.get("/v1/info", headers={"Authorization": header})
        assert (response.status_code, response.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("path", ["/chat-messages", "/v1/nowhere", "/api/v1/workspaces"])
async def test_a_wrong_path_is_a_404_page(chat: Caller, path: str) -> None:
    response = await chat.ask(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("app", "path", "code"),
    [
        ("workflow", CHAT, "not_chat_app"),
        ("completion", CHAT, "not_chat_app"),
        ("chat", COMPLETION, "app_unavailable"),
        ("chat", WORKFLOW, "not_workflow_app"),
    ],
)
async def test_the_wrong_endpoint_for_the_app_is_a_400(
    calling: Calling, app: str, path: str, code: str
) -> None:
    async with calling(app) as caller:
        response = await caller.ask(path)
    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"user": None}, "Arg user must be provided."),
        ({"query": ""}, "1 validation error for ChatRequestPayload\nquery\n"),
        ({"inputs": None}, "1 validation error for ChatRequestPayload\ninputs\n"),
        ({"response_mode": "later"}, "1 validation error for ChatRequestPayload\nresponse_mode\n"),
        ({"conversation_id": "c-1"}, "1 validation error for ChatRequestPayload\nconversation_id\n"),
        (
            {"files": [{"type": "image", "transfer_method": "local_file", "upload_file_id": "f"}]},
            "Invalid upload file",
        ),
    ],
)
async def test_a_bad_question_is_a_400_even_when_streaming(
    chat: Caller, more: dict[str, Any], message: str
) -> None:
    response = await chat.ask(**{"response_mode": "streaming", **more})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_param")
    assert response.json()["message"].startswith(message)


async def test_a_required_variable_is_missed(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.form")
    async with calling("chat") as caller:
        assert (await caller.ask()).json()["message"] == "desk is required in input form"
        assert (await caller.ask(inputs={"desk": "4"})).status_code == 200
    async with calling("workflow") as caller:
        response = await caller.ask(WORKFLOW, inputs={"desk": "4"})
    assert response.json()["message"] == "query is required in input form"


@pytest.mark.parametrize(
    ("code", "status"),
    [("", 400), ("forbidden", 403), ("rate_limit_error", 429), ("model_currently_not_support", 400)],
)
async def test_a_question_is_refused_with_the_code_that_was_asked_for(
    chat: Caller, faults: FaultBoard, code: str, status: int
) -> None:
    faults.switch_on("knowledge.dify.code", value=code)
    response = await chat.ask(response_mode="streaming")
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response.json()["code"] == (code or "app_unavailable")


@pytest.mark.parametrize(
    ("value", "status", "code"), [("", 400, "invalid_param"), ("429", 429, "too_many_requests")]
)
async def test_a_crowded_app_is_a_400_or_in_older_versions_a_429(
    chat: Caller, faults: FaultBoard, value: str, status: int, code: str
) -> None:
    faults.switch_on("knowledge.dify.crowded", value=value)
    response = await chat.ask()
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["message"].startswith("Too many requests. Please try again later.")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("knowledge.busy", "completion_request_error"),
        ("knowledge.dify.quota", "provider_quota_exceeded"),
    ],
)
async def test_a_chat_without_a_model_is_one_error_event_or_a_400(
    chat: Caller, faults: FaultBoard, fault: str, code: str
) -> None:
    faults.switch_on(fault)
    [event] = await chat.stream()
    response = await chat.ask()
    assert (event["event"], event["code"], event["status"]) == ("error", code, 400)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert "task_id" not in event


async def test_a_chat_that_fails_midway_has_no_end(chat: Caller, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.abort")
    assert names(await chat.stream()) == ["message", "error"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("knowledge.dify.workflow_failed", "the node is out of order"),
        ("knowledge.busy", "status code 429"),
        ("knowledge.abort", "Premature close"),
    ],
)
async def test_a_chatflow_fails_in_its_node_its_workflow_and_an_error(
    calling: Calling, faults: FaultBoard, fault: str, words: str
) -> None:
    faults.switch_on(fault, value="2" if fault == "knowledge.abort" else "the node is out of order")
    async with calling("chatflow") as caller:
        node, workflow, error = (await caller.stream())[-3:]
        response = await caller.ask()
    assert (node["event"], node["data"]["status"]) == ("node_finished", "failed")
    assert (workflow["event"], workflow["data"]["status"]) == ("workflow_finished", "failed")
    assert (error["event"], error["code"]) == ("error", "invalid_param")
    assert error["message"].startswith("Run failed: ")
    assert words in error["message"]
    assert (response.status_code, response.json()["message"]) == (400, error["message"])


async def test_a_failed_workflow_is_a_200_that_says_so(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.workflow_failed")
    async with calling("workflow") as caller:
        events = await caller.stream(WORKFLOW)
        response = await caller.ask(WORKFLOW)
    assert names(events)[-1] == "workflow_finished"
    assert response.status_code == 200
    for data in (events[-1]["data"], response.json()["data"]):
        assert (data["status"], data["outputs"]) == ("failed", {})
        assert data["error"]


async def test_broken_json_is_a_400(chat: Caller) -> None:
    response = await chat.http.post(CHAT, content=b'{"query": ')
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("query", "inputs", "user", "response_mode", "conversation_id", "files")


@pytest.mark.parametrize("app", [*PATHS, "chat", "agent"])
@given(
    body=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values)),
    version=st.sampled_from(VERSIONS),
)
def test_any_body_is_read_or_rejected(app: str, body: dict[str, Any], version: Version) -> None:
    try:
        ask = read_ask(body, APPS[app], version)
    except RejectedError as rejected:
        status = rejected.status
    else:
        status = 200 if ask.question and ask.user else 0
    assert status in {200, 400}
