from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk import Card, DingTalkSide, EventSubscription, RobotApp
from emulators.dingtalk.pushing.envelope import EnvelopeKeys, event_signature, seal, unseal
from emulators.dingtalk.pushing.signing import card_sign

if TYPE_CHECKING:
    from emulators.tests.contract.dingtalk.conftest import Bot, Caller

AES_KEY = "kbtMLrA2q9XcEwY7uZs3HfVj5GdNp8RiT1oKxQeUvC4"
KEYS = EnvelopeKeys("exampleToken01", AES_KEY, "dingapp1")


@pytest.fixture
async def card(side: DingTalkSide, caller: Caller, bot: Bot) -> Card:
    registered = {"callbackRouteKey": "prod", "callbackUrl": bot.url, "apiSecret": "cardsecret"}
    await caller("POST", "/v1.0/card/callbacks/register", registered)
    await caller.create("turn-1", side.group().id, callbackType="HTTP", callbackRouteKey="prod")
    return side.card("turn-1")


async def test_a_click_is_signed_and_posted_to_the_registered_address(
    side: DingTalkSide, card: Card, bot: Bot
) -> None:
    bot.answer = b"{}"
    push = await side.click(card, person=side.person("小明"), action_id="like", params={"action": "like"})

    ((headers, _, body),) = bot.received
    assert push.delivered
    assert headers["x-ddpaas-signature-timestamp"] == "1767225600000"
    assert headers["x-ddpaas-signature"] == card_sign("1767225600000", "cardsecret")
    assert json.loads(body.pop("content")) == {
        "cardPrivateData": {"actionIds": ["like"], "params": {"action": "like"}}
    }
    assert body == {
        "type": "actionCallback",
        "outTrackId": "turn-1",
        "corpId": side.corp_id,
        "userId": "user0001",
    }


async def test_an_answer_changes_the_card_for_the_one_who_clicked(
    side: DingTalkSide, card: Card, bot: Bot
) -> None:
    bot.answer = json.dumps(
        {
            "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
            "cardData": {"cardParamMap": {"submitted": "true"}},
            "userPrivateData": {"cardParamMap": {"likeStatus": "like"}},
        }
    ).encode()
    await side.click(card, person=side.person("小明"), action_id="like")

    assert card.seen_by("user0001")["likeStatus"] == "like"
    assert card.seen_by("user0001")["submitted"] == "true"
    assert "submitted" not in card.seen_by("user0002")


@pytest.mark.parametrize(
    "answer", [b"", b"ok", b"[]", b'{"cardData": 1}', b'{"userPrivateData": {"cardParamMap": {"a": 1}}}']
)
async def test_an_answer_that_is_no_update_is_a_failed_click(
    side: DingTalkSide, card: Card, bot: Bot, answer: bytes
) -> None:
    bot.answer = answer
    push = await side.click(card, person=side.person("小明"), action_id="like")

    assert not push.delivered
    assert card.private == {}


async def test_a_card_without_a_callback_goes_nowhere(side: DingTalkSide, caller: Caller, bot: Bot) -> None:
    await caller.create("turn-2", side.group().id)
    push = await side.click(side.card("turn-2"), person=side.person("小明"), action_id="like")

    assert push.error.startswith("the card has no callback")
    assert bot.received == []


def answered(word: str, *, keys: EnvelopeKeys = KEYS, signature: str = "") -> bytes:
    encrypted = seal(keys, word, random16=b"0" * 16)
    answer: dict[str, Any] = {
        "msg_signature": signature or event_signature(keys.token, "1767225602000", "n1", encrypted),
        "timeStamp": "1767225602000",
        "nonce": "n1",
        "encrypt": encrypted,
    }
    return json.dumps(answer).encode()


@pytest.fixture
def subscribed(robot: RobotApp, bot: Bot) -> RobotApp:
    robot.events = EventSubscription(bot.url, "exampleToken01", AES_KEY)
    return robot


async def test_an_event_is_sealed_and_signed(side: DingTalkSide, subscribed: RobotApp, bot: Bot) -> None:
    bot.answer = answered("success")
    push = await side.push_event(subscribed, "user_leave_org", {"userId": ["user0002"]}, event_id="evt1")

    ((_, query, body),) = bot.received
    assert push.delivered
    assert query["signature"] == event_signature(
        "exampleToken01", query["timestamp"], query["nonce"], body["encrypt"]
    )
    assert json.loads(unseal(KEYS, body["encrypt"])) == {
        "EventType": "user_leave_org",
        "EventTime": 1767225600000,
        "CorpId": side.corp_id,
        "BizId": "1767225600000",
        "eventId": "evt1",
        "userId": ["user0002"],
    }
    assert (side.ledger.pushes[-1].what, side.ledger.pushes[-1].subject) == ("event", "evt1")


async def test_a_url_check_carries_nothing_else(side: DingTalkSide, subscribed: RobotApp, bot: Bot) -> None:
    bot.answer = answered("success")
    push = await side.push_event(subscribed, "check_url")

    assert push.delivered
    assert json.loads(unseal(KEYS, bot.bodies[0]["encrypt"])) == {"EventType": "check_url"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the answer is not {"),
        (b'"success"', "the answer is not {"),
        (b'{"msg_signature": "x"}', "the answer is not {"),
        (answered("success", signature="0" * 40), "the answer's msg_signature is wrong"),
        (answered("ok"), "the answer says 'ok'"),
        (
            answered("success", keys=EnvelopeKeys("exampleToken01", AES_KEY, "dingexamplecorp0001")),
            "The envelope's owner is not",
        ),
    ],
)
async def test_anything_but_a_sealed_success_is_a_failed_push(
    side: DingTalkSide, subscribed: RobotApp, bot: Bot, answer: bytes, reason: str
) -> None:
    bot.answer = answer
    push = await side.push_event(subscribed, "user_leave_org")

    assert push.error.startswith(reason)


async def test_an_app_without_a_subscription_gets_no_events(side: DingTalkSide, robot: RobotApp) -> None:
    push = await side.push_event(robot, "user_leave_org")

    assert push.error.startswith("the app has no event subscription")
