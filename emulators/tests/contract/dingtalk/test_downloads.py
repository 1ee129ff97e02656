"""What people send: pushed as codes, exchanged for addresses, fetched as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    import httpx

    from emulators.dingtalk import DingTalkSide, RobotApp
    from emulators.faults import FaultBoard
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller, Clock

API = "/v1.0/robot/messageFiles/download"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\r\n\x00\xff"


async def sent(side: DingTalkSide, bot: Bot, **said: Any) -> dict[str, Any]:
    """What the bot was pushed for a message in the private chat."""
    person, robot = side.person("小明"), side.robot("travel")
    chat = side.private(person, robot)
    await side.say(**{"person": person, "conversation": chat, "robot": robot, **said})
    content: dict[str, Any] = bot.bodies[-1]
    return content


async def exchanged(caller: Caller, code: str, robot_code: str = "dingapp1") -> httpx.Response:
    return await caller("POST", API, {"downloadCode": code, "robotCode": robot_code})


async def fetched(caller: Caller, code: str) -> bytes:
    url = (await exchanged(caller, code)).json()["downloadUrl"]
    answer = await caller.http.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    return answer.content


async def test_a_picture_is_fetched_with_either_of_its_codes(
    side: DingTalkSide, caller: Caller, bot: Bot
) -> None:
    body = await sent(side, bot, pictures=[PNG])

    assert body["msgtype"] == "picture"
    for key in ("downloadCode", "pictureDownloadCode"):
        assert await fetched(caller, body["content"][key]) == PNG


async def test_a_file_arrives_with_its_name_and_its_bytes(
    side: DingTalkSide, caller: Caller, bot: Bot
) -> None:
    body = await sent(side, bot, file=("报销制度.pdf", PDF))

    assert (body["msgtype"], body["content"]["fileName"]) == ("file", "报销制度.pdf")
    assert await fetched(caller, body["content"]["downloadCode"]) == PDF
    chat = side.private(side.person("小明"), side.robot("travel"))
    assert [message.text for message in chat.messages] == ["报销制度.pdf"]


async def test_in_a_group_pictures_come_between_the_words(
    side: DingTalkSide, caller: Caller, bot: Bot
) -> None:
    body = await sent(side, bot, conversation=side.group(), text="看\ufffc对吗", pictures=[PNG, b"GIF89a"])
    runs = body["content"]["richText"]

    assert body["msgtype"] == "richText"
    assert [run.get("text", run.get("type")) for run in runs] == ["看", "picture", "对吗", "picture"]
    assert await fetched(caller, runs[1]["downloadCode"]) == PNG
    assert await fetched(caller, runs[3]["downloadCode"]) == b"GIF89a"
    assert side.group().messages[0].text == "看对吗"


async def test_a_group_delivers_no_file(side: DingTalkSide, bot: Bot) -> None:
    with pytest.raises(ValueError, match="delivers no file"):
        await sent(side, bot, conversation=side.group(), file=("a.pdf", PDF))
    assert side.group().messages == []


async def test_even_a_picture_nobody_gave_bytes_can_be_fetched(
    side: DingTalkSide, caller: Caller, bot: Bot
) -> None:
    body = await sent(side, bot, kind="picture")

    assert (await fetched(caller, body["content"]["downloadCode"])).startswith(b"\x89PNG")


async def test_a_message_pushed_again_has_the_same_codes(side: DingTalkSide, bot: Bot) -> None:
    await sent(side, bot, pictures=[PNG], times=2)

    assert bot.bodies[0]["content"] == bot.bodies[1]["content"]


async def test_the_address_is_ours_signed_for_a_while_and_ends_in_file(
    side: DingTalkSide, caller: Caller, bot: Bot, clock: Clock
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    url = (await exchanged(caller, body["content"]["downloadCode"])).json()["downloadUrl"]

    assert url.startswith(f"{side.url}/")
    assert urlsplit(url).path.endswith(".file")
    assert set(parse_qs(urlsplit(url).query)) == {"Expires", "Signature"}
    calls = len(side.ledger.calls)
    assert (await caller.http.get(url)).content == PNG
    assert len(side.ledger.calls) == calls
    clock.now += 600
    assert (await caller.http.get(url)).status_code == 403


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Signature=", "Signature=x"),
        ("Signature=", "Sign="),
        ("Expires=", "Expires=9"),
        ("Expires=", "Expires=x"),
        (".file", ".fil"),
        ("/dc", "/dx"),
    ],
)
async def test_an_address_that_was_changed_gives_nothing(
    side: DingTalkSide, caller: Caller, bot: Bot, old: str, new: str
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    url = (await exchanged(caller, body["content"]["downloadCode"])).json()["downloadUrl"]
    answer = await caller.http.get(url.replace(old, new))

    assert answer.status_code == 403
    assert PNG not in answer.content


async def test_an_address_is_for_reading_only(side: DingTalkSide, caller: Caller, bot: Bot) -> None:
    body = await sent(side, bot, pictures=[PNG])
    url = (await exchanged(caller, body["content"]["downloadCode"])).json()["downloadUrl"]

    assert (await caller.http.post(url, content=b"x")).status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"downloadCode": ""}, "invalidParameter.downloadCode.empty"),
        ({"downloadCode": "dcmadeup"}, "invalidParameter.downloadCode.invalid"),
        ({"downloadCode": 5}, "param.invalid"),
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "dingapp2"}, "invalidParameter.robotCode.auth"),
    ],
)
async def test_a_wrong_exchange_is_refused_by_its_code(
    side: DingTalkSide, caller: Caller, bot: Bot, change: dict[str, Any], code: str
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    asked = {"downloadCode": body["content"]["downloadCode"], "robotCode": "dingapp1", **change}
    answer = await caller("POST", API, asked)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_another_robot_cannot_use_the_code(
    side: DingTalkSide, caller: Caller, bot: Bot, caller_of: type[Caller]
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    other = caller_of(side, caller.http, side.robot("hr"))
    answer = await exchanged(other, body["content"]["downloadCode"], "dingapp2")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalidParameter.downloadCode.invalid")


async def test_an_exchange_needs_the_scope_and_is_counted(
    side: DingTalkSide, caller: Caller, bot: Bot, robot: RobotApp
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    await exchanged(caller, body["content"]["downloadCode"])
    robot.scopes -= {"qyapi_robot_sendmsg"}
    refused = await exchanged(caller, body["content"]["downloadCode"])

    assert refused.status_code == 403
    calls = side.ledger.calls_to(f"POST {API}")
    assert [(call.app, call.counted) for call in calls] == [("travel", True), ("travel", False)]
    assert side.quota.used == 1


async def test_the_fault_download_gone_is_a_code_that_has_expired(
    side: DingTalkSide, caller: Caller, bot: Bot, faults: FaultBoard
) -> None:
    body = await sent(side, bot, pictures=[PNG])
    faults.switch_on("dingtalk.download_gone", count=1)
    gone = await exchanged(caller, body["content"]["downloadCode"])

    assert (gone.status_code, gone.json()["code"]) == (400, "invalidParameter.downloadCode.invalid")
    assert await fetched(caller, body["content"]["downloadCode"]) == PNG
