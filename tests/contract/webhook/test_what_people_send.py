"""Quotes, mentions, forwarded records and unaddressed messages of DingTalk's side, through our callback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio

from emulators.dingtalk.replies import Reply, keyed_reply
from rag_on_dingtalk.models.question import Quote
from rag_on_dingtalk.pipeline.wording.quoted_turn import QuotedTurns
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome
from rag_on_dingtalk.storage.turns.sent_messages import SentMessages
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import Card, Message
    from emulators.dingtalk.pushing.pushes import PushKind
    from rag_on_dingtalk.models.question import Question
    from tests.contract.webhook.conftest import Front

ASKED, ANSWER = "茶水间几点关？", "晚上九点。"


async def say(front: Front, text: str = "", **what: Any) -> Message:
    """In the demo group."""
    side = front.side
    outcome = await side.say(
        person=side.person("小明"), conversation=side.group(), robot=side.robot("handbook"), text=text, **what
    )
    assert (outcome.status, outcome.body) == (200, '{"msgtype":"empty"}')
    return outcome.message


@pytest.mark.parametrize(
    ("text", "sent", "quote"),
    [
        ("七点开门", {}, "七点开门"),
        ("七点开门", {"kind": "richText"}, "七点开门[图片1]"),
        ("", {"kind": "picture"}, "[图片1]"),
        ("门禁\n七点开门", {"kind": "markdown"}, "门禁\n七点开门"),
        ("门禁\n七点开门", {"kind": "link"}, "门禁\n七点开门\nhttps://example.com/"),
        ("门禁\n七点开门", {"kind": "interactiveCard"}, ""),
        ("", {"kind": "unknownMsgType"}, ""),
    ],
)
async def test_what_a_person_said_is_quoted(
    front: Front, text: str, sent: dict[str, Any], quote: str
) -> None:
    quoted = await say(front, text, **sent)

    await say(front, "真的吗？", quote=quoted)

    question = front.queued[-1]
    assert question.text == "真的吗？"
    assert question.quote.text == quote
    assert question.quote.ids == (quoted.id,)
    assert not question.quote.own


async def test_a_reply_in_rich_text_quotes_too(front: Front) -> None:
    quoted = await say(front, "七点开门")

    await say(front, "像这样吗", pictures=(b"1", b"2"), quote=quoted)

    question = front.queued[-1]
    assert (question.text, question.quote.text) == ("像这样吗[图片1][图片2]", "七点开门")


async def test_a_quote_with_nothing_but_a_mention_arrives_as_one(front: Front) -> None:
    await say(front, "", quote=await say(front, "几点开门？"))

    assert (front.queued[-1].text, front.queued[-1].quote.text) == ("", "几点开门？")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("@小红 的工位在哪？", "text", "@user0002 的工位在哪？"),
        ("请问 @小红 的工位在哪？", "text", "请问 @user0002 的工位在哪？"),
        ("@小红 @小明 谁在值班？", "text", "@user0002 @user0001 谁在值班？"),
        ("请问 @小红 的工位在哪？", "richText", "请问 @小红 的工位在哪？[图片1]"),
        ("@老张 的工位在哪？", "text", "@老张 的工位在哪？"),
    ],
)
async def test_people_who_are_mentioned_stay_in_the_question(
    front: Front, text: str, kind: PushKind, expected: str
) -> None:
    await say(front, text, kind=kind)

    assert front.queued[-1].text == expected


async def test_a_forwarded_record_is_read_line_by_line(front: Front) -> None:
    said = [await say(front, "七点开门"), await say(front, "周末\n也是")]

    await say(front, "前台的记录", forward=said)

    assert front.queued[-1].text == "前台的记录\n小明:七点开门\n小明:周末 也是"


@pytest.mark.parametrize("kind", ["markdown", "link", "interactiveCard"])
async def test_other_kinds_that_hold_words_are_read(front: Front, kind: PushKind) -> None:
    await say(front, "门禁\n七点开门", kind=kind)

    lines = front.queued[-1].text.split("\n")
    assert lines[:2] == ["门禁", "七点开门"]


@pytest.mark.parametrize("text", ["中午吃什么？", "@小红 中午吃什么？", "/new"])
async def test_what_was_not_said_to_the_bot_is_left_alone(front: Front, text: str) -> None:
    await say(front, text, to_robot=False)

    assert front.queued == []


# --- replies to what the bot said itself


@pytest_asyncio.fixture
async def rows() -> AsyncIterator[Rows]:
    async with tablestore() as url:
        rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        yield rows
        await rows.close()


async def answered(front: Front, rows: Rows) -> tuple[Card, Question]:
    """A question that was answered on a card, as the bot's records tell it."""
    await say(front, ASKED)
    question = front.queued[-1]
    card = await front.card_of(question)
    outcome = Outcome(answer=ANSWER, parts=(ANSWER,), sent=1, channel="card")
    await Turns(rows).finish(question, Lease("o", 0), outcome)
    (carrier,) = card.carriers.values()
    await SentMessages(rows).remember("handbook", carrier, question.turn_id)
    return card, question


async def looked_up(rows: Rows, question: Question) -> Question:
    quoted = QuotedTurns(SentMessages(rows), Turns(rows), lambda *_, **__: None)
    return await quoted.with_quoted_turn(question, Texts("zh"))


async def test_a_reply_to_a_card_holds_what_was_asked_and_answered(front: Front, rows: Rows) -> None:
    card, _ = await answered(front, rows)

    await say(front, "周末呢？", quote=card)

    question = front.queued[-1]
    assert question.quote.own
    assert not question.quote.readable
    filled = await looked_up(rows, question)
    assert filled.reply_to is not None
    assert filled.reply_to.text == f"（之前的提问）{ASKED}\n（当时的回答）{ANSWER}"
    assert filled.text == "周末呢？"


async def test_a_reply_to_what_was_once_asked_needs_no_index(front: Front, rows: Rows) -> None:
    _, earlier = await answered(front, rows)
    await say(front, "周末呢？")
    again = front.queued[-1]
    # As DingTalk quotes what it does not pass on: the id alone.
    unread = msgspec.structs.replace(again, quote=Quote("", "file", ids=(earlier.message_id,)))

    filled = await looked_up(rows, unread)

    assert filled.reply_to is not None
    assert ANSWER in filled.reply_to.text


async def test_a_message_that_was_once_not_read_says_nothing_now(front: Front, rows: Rows) -> None:
    film = await say(front, kind="unknownMsgType")
    outcome = Outcome(answer="读不了", parts=("读不了",), sent=1, channel="message")
    await Turns(rows).finish(front.queued[-1], Lease("o", 0), outcome)

    await say(front, "说的什么？", quote=film)

    assert await looked_up(rows, front.queued[-1]) == front.queued[-1]


async def test_a_card_of_another_conversation_stays_unread(front: Front, rows: Rows) -> None:
    card, _ = await answered(front, rows)
    side = front.side
    person, robot = side.person("小明"), side.robot("handbook")
    private = side.private(person, robot)
    (carrier,) = card.carriers.values()
    card.carriers[private.id] = carrier
    private.entries.append(card)

    await side.say(person=person, conversation=private, robot=robot, text="周末呢？", quote=card)

    question = front.queued[-1]
    assert question.quote.ids[0] == carrier
    assert await looked_up(rows, question) == question


async def test_a_card_that_no_record_knows_stays_unread(front: Front, rows: Rows) -> None:
    await say(front, ASKED)
    card = await front.card_of(front.queued[-1])

    await say(front, "周末呢？", quote=card)

    assert await looked_up(rows, front.queued[-1]) == front.queued[-1]


async def test_a_quote_that_can_be_read_costs_no_request(front: Front) -> None:
    await say(front, "好？", quote=await say(front, "七点开门"))
    question = front.queued[-1]
    untouched = QuotedTurns(None, None, lambda *_, **__: None)  # type: ignore[arg-type]  # neither is asked

    assert await untouched.with_quoted_turn(question, Texts("zh")) is question


async def test_a_message_the_robot_sent_through_the_api_is_quoted_by_its_key(front: Front) -> None:
    sent = front.side._tenant.robot_says(
        front.side.group(),
        front.side.robot("handbook"),
        _markdown("晚上九点", "茶水间**晚上九点**关。"),
        "openapi",
        process_query_key="pqk1",
    )

    await say(front, "周末呢？", quote=sent)
    quote = front.queued[-1].quote
    assert (quote.own, quote.ids[0], quote.text) == (True, "pqk1", "晚上九点")


def _markdown(title: str, text: str) -> Reply:
    return keyed_reply("sampleMarkdown", json.dumps({"title": title, "text": text}, ensure_ascii=False))
