"""What robots upload and then show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from emulators.dingtalk import DingTalkSide, RobotApp
    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.conftest import Caller, Clock

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
API = "POST /media/upload"


async def upload(
    caller: Caller, name: str = "图.png", data: bytes = PNG, kind: str = "image", token: str = ""
) -> httpx.Response:
    params = {"access_token": token or caller.token or await caller.fetch_token()}
    files = {"media": (name, data)}
    return await caller.http.post(
        f"{caller.side.url}/media/upload", params=params, data={"type": kind}, files=files
    )


async def test_an_upload_becomes_a_media_id(side: DingTalkSide, caller: Caller) -> None:
    answer = (await upload(caller)).json()
    (kept,) = side.media.uploads

    assert answer.pop("media_id") == kept.media_id
    assert answer == {"errcode": 0, "errmsg": "ok", "type": "image", "created_at": 1767225600000}
    assert kept.media_id.startswith("@lAD")
    assert (kept.type, kept.name, kept.data, kept.robot) == ("image", "图.png", PNG, "travel")


async def test_the_type_may_stand_in_the_query(side: DingTalkSide, caller: Caller) -> None:
    params = {"access_token": await caller.fetch_token(), "type": "file"}
    url = f"{side.url}/media/upload"
    answer = await caller.http.post(url, params=params, files={"media": ("a.pdf", b"%PDF")})

    assert answer.json()["type"] == side.media.uploads[0].type == "file"


async def test_every_upload_is_remembered_and_counted(side: DingTalkSide, caller: Caller) -> None:
    ids = {(await upload(caller)).json()["media_id"] for _ in range(2)}

    assert {one.media_id for one in side.media.uploads} == ids
    assert len(ids) == 2
    calls = side.ledger.calls_to(API)
    assert [(call.app, call.counted, call.status, call.code) for call in calls] == [
        ("travel", True, 200, "")
    ] * 2
    assert calls[0].summary.endswith(" bytes")
    assert side.quota.used == 2


@pytest.mark.parametrize(
    ("name", "data", "kind", "errcode"),
    [
        ("a.png", PNG, "picture", 40004),
        ("a.png", PNG, "", 40004),
        ("a.svg", PNG, "image", 40005),
        ("png", PNG, "image", 40005),
        ("a.png", PNG, "file", 40005),
        ("a.txt", b"1", "file", 40005),
        ("a.png", b"", "image", 40006),
        ("a.mp3", bytes(2 * 1024 * 1024 + 1), "voice", 40006),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_under_http_200(
    side: DingTalkSide, caller: Caller, name: str, data: bytes, kind: str, errcode: int
) -> None:
    answer = await upload(caller, name, data, kind)

    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)
    assert answer.json().keys() == {"errcode", "errmsg", "request_id"}
    assert side.media.uploads == []
    assert side.ledger.calls[-1].code == str(errcode)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.BMP", "image"), ("a.amr", "voice"), ("a.mp4", "video"), ("a.b.docx", "file")]
)
async def test_every_type_takes_its_own_files(
    side: DingTalkSide, caller: Caller, name: str, kind: str
) -> None:
    assert (await upload(caller, name, b"1", kind)).json()["errcode"] == 0


@pytest.mark.parametrize(
    ("content_type", "content", "errcode"),
    [
        ("application/json", b"{}", 43004),
        ("multipart/form-data; boundary=b", b"--b", 43004),
        ("multipart/form-data; boundary=b", b"--b--", 40035),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\ncontent-disposition: form-data; name="media"\r\n\r\n1\r\n--b--',
            40035,
        ),
    ],
)
async def test_a_body_that_is_no_form_with_a_file_is_refused(
    side: DingTalkSide, caller: Caller, content_type: str, content: bytes, errcode: int
) -> None:
    url = f"{side.url}/media/upload?access_token={await caller.fetch_token()}"
    answer = await caller.http.post(url, content=content, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)


async def test_without_a_valid_token_nothing_is_kept(
    side: DingTalkSide, caller: Caller, clock: Clock
) -> None:
    assert (await upload(caller, token="made-up")).json()["errcode"] == 40014
    await caller.fetch_token()
    clock.now += 7200
    assert (await upload(caller)).json()["errcode"] == 40014
    assert side.media.uploads == []


async def test_a_missing_scope_the_rate_and_the_month_have_errcodes(
    side: DingTalkSide, caller: Caller, robot: RobotApp, clock: Clock
) -> None:
    every = robot.scopes
    robot.scopes = every - {"qyapi_base"}
    assert (await upload(caller)).json()["errcode"] == 60011
    robot.scopes = every
    codes = [(await upload(caller)).json()["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [90018]
    clock.now += 1
    side.quota.limit = 20
    assert (await upload(caller)).json()["errcode"] == 90020
    assert side.quota.used == 20


@pytest.mark.parametrize(
    ("fault", "value", "errcode"),
    [
        ("dingtalk.media_refused", "", 60011),
        ("dingtalk.media_refused", "40006", 40006),
        ("dingtalk.error_500", "", -1),
        ("dingtalk.qps", "", 90018),
        ("dingtalk.ip_refused", "", 88),
        ("dingtalk.token_expired", "", 40014),
    ],
)
async def test_a_fault_refuses_one_upload(
    side: DingTalkSide, caller: Caller, faults: FaultBoard, fault: str, value: str, errcode: int
) -> None:
    await caller.fetch_token()
    faults.switch_on(fault, count=1, value=value)

    assert (await upload(caller)).json()["errcode"] == errcode
    assert side.media.uploads == []
    await caller.fetch_token()
    assert (await upload(caller)).json()["errcode"] == 0


async def send(caller: Caller, key: str, **param: Any) -> httpx.Response:
    body = {
        "robotCode": "dingapp1",
        "openConversationId": caller.side.group().id,
        "msgKey": key,
        "msgParam": json.dumps(param),
    }
    return await caller("POST", "/v1.0/robot/groupMessages/send", body)


async def test_an_uploaded_file_and_picture_can_be_sent(side: DingTalkSide, caller: Caller) -> None:
    file = (await upload(caller, "答案.docx", b"PK", "file")).json()["media_id"]
    picture = (await upload(caller)).json()["media_id"]
    await send(caller, "sampleFile", mediaId=file, fileName="答案.docx", fileType="docx")
    await send(caller, "sampleImageMsg", photoURL=picture)
    await send(caller, "sampleImageMsg", photoURL="https://example.com/a.png")

    assert [(message.kind, message.text) for message in side.group().messages] == [
        ("sampleFile", "答案.docx"),
        ("sampleImageMsg", picture),
        ("sampleImageMsg", "https://example.com/a.png"),
    ]
    assert side.ledger.violations == []


@pytest.mark.parametrize(
    ("key", "param"),
    [
        ("sampleFile", {"mediaId": "@lADmadeup", "fileName": "a.pdf", "fileType": "pdf"}),
        ("sampleFile", {"mediaId": ["@lADmadeup"], "fileName": "a.pdf", "fileType": "pdf"}),
        ("sampleImageMsg", {"photoURL": "@lADmadeup"}),
        ("sampleAudio", {"mediaId": "@lADmadeup", "duration": "1000"}),
    ],
)
async def test_what_was_never_uploaded_cannot_be_sent(
    side: DingTalkSide, caller: Caller, key: str, param: dict[str, Any]
) -> None:
    answer = await send(caller, key, **param)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalidParameter.msgParam.invalid")
    assert side.group().messages == []


async def test_a_file_type_nothing_promises_to_send_is_noted(side: DingTalkSide, caller: Caller) -> None:
    media_id = (await upload(caller, "a.pptx", b"PK", "file")).json()["media_id"]
    answer = await send(caller, "sampleFile", mediaId=media_id, fileName="a.pptx", fileType="pptx")

    assert answer.status_code == 200
    assert "a.pptx" in side.ledger.violations[0].rule
