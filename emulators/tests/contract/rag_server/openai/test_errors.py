"""How OpenAI-compatible servers refuse, in the shapes that are out there, and fail inside a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.openai.asking import read_ask
from emulators.rag_server.openai.errors import KNOWN, OpenAIError
from emulators.tests.contract.rag_server.clients import data_of
from emulators.tests.contract.rag_server.openai.caller import PATH, body, stream

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard


async def test_content_review_ends_a_stream_midway(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.openai.blocked", value="2")
    response = await http.post(PATH, json=body(stream=True))
    *_, error = data_of(response.text)
    assert error["error"]["code"] == "DataInspectionFailed"
    assert "[DONE]" not in response.text


@pytest.mark.parametrize("code", KNOWN)
async def test_a_question_is_refused_with_the_code_that_was_asked_for(
    http: httpx.AsyncClient, faults: FaultBoard, code: str
) -> None:
    faults.switch_on("knowledge.openai.code", value=code)
    response = await http.post(PATH, json=body(stream=True))
    assert (response.status_code, response.json()["error"]["code"]) == (KNOWN[code].status, code)
    assert ("retry-after" in response.headers) == (response.status_code == 429)


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("text", {"error": "The server is overloaded."}),
        (
            "vllm",
            {
                "object": "error",
                "message": "The server is overloaded.",
                "type": "server_error",
                "param": None,
                "code": 503,
            },
        ),
        ("detail", {"detail": "The server is overloaded."}),
        ("flat", {"message": "The server is overloaded.", "code": "overloaded"}),
    ],
)
async def test_errors_come_in_other_shapes(
    http: httpx.AsyncClient, faults: FaultBoard, shape: str, error: dict[str, Any]
) -> None:
    faults.switch_on("knowledge.openai.error_shape", value=shape)
    faults.switch_on("knowledge.openai.code", value="overloaded")
    response = await http.post(PATH, json=body())
    assert (response.status_code, response.json()) == (503, error)


async def test_a_gateways_errors_name_the_request(http: httpx.AsyncClient, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.openai.error_shape", value="one_api")
    error = (await http.post(PATH, json=body(model="nope"))).json()["error"]
    assert error["type"] == "one_api_error"
    assert "(request id: " in error["message"]


@pytest.mark.parametrize(("shape", "content_type"), [("plain", "text/plain"), ("html", "text/html")])
async def test_errors_need_not_be_json(
    http: httpx.AsyncClient, faults: FaultBoard, shape: str, content_type: str
) -> None:
    faults.switch_on("knowledge.openai.error_shape", value=shape)
    response = await http.post(PATH, json=body(model="nope"))
    assert response.status_code == 404
    assert response.headers["content-type"].startswith(content_type)


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"model": "nope"}, 404, "model_not_found"),
        ({"messages": []}, 400, "invalid_request"),
        ({"messages": [{"role": "nobody", "content": "年假"}]}, 400, "invalid_request"),
        ({"messages": [{"role": "assistant", "content": "年假"}]}, 400, "invalid_request"),
        ({"messages": [{"role": "user", "content": ""}]}, 400, "invalid_request"),
    ],
)
async def test_a_bad_request_is_refused(
    http: httpx.AsyncClient, more: dict[str, Any], status: int, code: str
) -> None:
    response = await http.post(PATH, json=body(**more))
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


async def test_a_wrong_path_is_a_404(http: httpx.AsyncClient) -> None:
    response = await http.post("/chat/completions", json=body())
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


async def test_with_signs_of_life_a_failure_is_told_inside_the_stream(
    http: httpx.AsyncClient, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.openai.keep_alive", value="30")
    faults.switch_on("knowledge.busy")
    *_, error = await stream(http)
    assert error["error"]["code"] == "rate_limit_exceeded"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["user", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "text", "image_url", "url"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("model", "stream", "stream_options"), json_values)),
    st.lists(json_values, max_size=4),
)
def test_any_body_is_read_or_rejected(more: dict[str, Any], messages: list[Any]) -> None:
    try:
        ask = read_ask({**more, "messages": messages})
    except OpenAIError as error:
        status = error.status
    else:
        status = 200 if ask.question or ask.images else 0
    assert status in {200, 400}
