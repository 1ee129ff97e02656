"""Feedback, suggestions, files, and what the app says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.http.uploads import File, described, read_form
from emulators.tests.contract.rag_server.dify.caller import COMPLETION

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.dify.caller import Caller
    from emulators.tests.contract.rag_server.dify.conftest import Calling

PICTURE = ("工位 4.png", b"\x89PNG\r\n\r\n\xff", "image/png")


TOO_MUCH = bytes(10 * 1024 * 1024 + 1)


async def rate(caller: Caller, message: str, rating: str | None, user: str = "u-1") -> Any:
    body = {"rating": rating, "user": user, "content": "有用"}
    return await caller.http.post(f"/v1/messages/{message}/feedbacks", json=body)


async def test_an_answer_is_rated_and_the_rating_taken_back(chat: Caller) -> None:
    answer = (await chat.ask()).json()
    assert (await rate(chat, answer["message_id"], "like")).json() == {"result": "success"}
    query = {"user": "u-1", "conversation_id": answer["conversation_id"]}
    [listed] = (await chat.http.get("/v1/messages", params=query)).json()["data"]
    assert listed["feedback"] == {"rating": "like"}
    assert (await rate(chat, answer["message_id"], None)).status_code == 200
    assert (await rate(chat, answer["message_id"], None)).status_code == 400


async def test_only_ones_own_answers_are_rated(chat: Caller) -> None:
    message = (await chat.ask()).json()["message_id"]
    for refused in (await rate(chat, message, "like", "u-2"), await rate(chat, "m-1", "like")):
        assert (refused.status_code, refused.json()["message"]) == (404, "Message Not Exists.")
    assert (await rate(chat, message, "so-so")).status_code == 400


async def test_a_completions_answer_is_rated_too(calling: Calling) -> None:
    async with calling("completion") as caller:
        message = (await caller.ask(COMPLETION)).json()["message_id"]
        assert (await rate(caller, message, "dislike")).status_code == 200


async def test_suggestions_lead_on_within_the_cited_documents(chat: Caller, faults: FaultBoard) -> None:
    message = (await chat.ask()).json()["message_id"]
    path = f"/v1/messages/{message}/suggested"
    suggested = (await chat.http.get(path, params={"user": "u-1"})).json()
    assert suggested["result"] == "success"
    assert len(suggested["data"]) == 3
    assert suggested["data"][0].startswith("休假制度里，")
    assert (await chat.http.get(path)).json()["message"] == "Arg user must be provided."
    faults.switch_on("knowledge.dify.no_suggestions")
    off = await chat.http.get(path, params={"user": "u-1"})
    assert (off.status_code, off.json()["code"]) == (400, "bad_request")


async def test_a_file_is_uploaded_and_asked_about(chat: Caller) -> None:
    uploaded = await chat.http.post("/v1/files/upload", data={"user": "u-1"}, files={"file": PICTURE})
    entry = uploaded.json()
    assert uploaded.status_code == 201
    assert (entry["name"], entry["size"], entry["extension"], entry["mime_type"]) == (
        "工位 4.png",
        len(PICTURE[1]),
        "png",
        "image/png",
    )
    local = {"type": "image", "transfer_method": "local_file", "upload_file_id": entry["id"]}
    remote = {"type": "image", "transfer_method": "remote_url", "url": "https://example.com/desk.png"}
    assert "2 张图片" in (await chat.ask(files=[local, remote])).json()["answer"]
    assert chat.server.requests[0].body == {
        "user": "u-1",
        "file": {"name": "工位 4.png", "mime": "image/png", "size": len(PICTURE[1])},
    }


@pytest.mark.parametrize(
    ("data", "files", "status", "code"),
    [
        ({"user": "u-1"}, {"picture": PICTURE}, 400, "no_file_uploaded"),
        ({}, {"file": PICTURE}, 400, "invalid_param"),
        (
            {"user": "u-1"},
            {"file": ("a.png", TOO_MUCH, "image/png")},
            413,
            "file_too_large",
        ),
    ],
)
async def test_an_upload_that_cannot_be_is_refused(
    chat: Caller, data: dict[str, str], files: dict[str, Any], status: int, code: str
) -> None:
    response = await chat.http.post("/v1/files/upload", data=data, files=files)
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("app", "mode"),
    [
        ("chat", "chat"),
        ("agent", "agent-chat"),
        ("chatflow", "advanced-chat"),
        ("workflow", "workflow"),
        ("completion", "completion"),
    ],
)
async def test_an_app_says_what_it_is(calling: Calling, app: str, mode: str) -> None:
    async with calling(app) as caller:
        info = (await caller.http.get("/v1/info")).json()
        parameters = (await caller.http.get("/v1/parameters")).json()
        meta = (await caller.http.get("/v1/meta")).json()
    assert (info["mode"], meta) == (mode, {"tool_icons": {}})
    form = [one["text-input"]["variable"] for one in parameters["user_input_form"]]
    assert form == (["query"] if app in {"workflow", "completion"} else [])
    assert parameters["suggested_questions_after_answer"] == {"enabled": True}
    assert parameters["system_parameters"]["image_file_size_limit"] == 10


@given(st.binary())
def test_any_upload_is_read_without_complaint(raw: bytes) -> None:
    described(read_form("multipart/form-data; boundary=x", raw))


@given(st.from_regex(r"[ab车.]+( [ab车.]+)*", fullmatch=True), st.binary())
def test_a_file_comes_out_as_it_went_in(name: str, content: bytes) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    form = read_form("multipart/form-data; boundary=x", head.encode() + content + b"\r\n--x--\r\n")
    assert form["file"] == File(name, "text/plain", content)
