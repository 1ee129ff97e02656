"""How Bailian refuses, and how it fails inside a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.bailian.asking import read_ask
from emulators.rag_server.bailian.errors import KNOWN, BailianError
from emulators.tests.contract.rag_server.bailian.caller import INCREMENTAL, PATH, STREAM
from emulators.tests.contract.rag_server.clients import data_of

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard


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
