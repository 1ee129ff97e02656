"""Our card calls against the other side: what people see, and what a template with buttons adds."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from emulators.dingtalk import CardState, DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

OURS = CardTemplate(id="ours.schema", variable="content", buttons=True)
FAULTS = FaultBoard()


class Deck:
    """One DingTalk and two ways of making cards on it."""

    def __init__(self, side: DingTalkSide, api: OpenApi) -> None:
        self.side = side
        self._api = api

    def cards(self, template: CardTemplate) -> Cards:
        numbers = count()
        return Cards(
            api=self._api,
            robot_code="ding1",
            template=template,
            callback_route="handbook",
            frame_id=lambda: f"frame{next(numbers)}",
        )

    def question(self) -> Question:
        group = self.side.group()
        asker = group.people[0]
        return Question(
            turn_id="t1",
            bot="handbook",
            message_id="m1",
            text="年假有几天？",
            message_type="text",
            sender=Sender(asker.sender_id, asker.staff_id, asker.nick),
            conversation=Conversation(group.id, ConversationType.GROUP),
            asked_ms=0,
        )


@pytest_asyncio.fixture
async def deck() -> AsyncIterator[Deck]:
    robot = RobotApp("handbook", "ding1", "secret", card_templates={OURS.id: OURS.variable})
    side = DingTalkSide(robots=[robot], faults=FAULTS, qps=None)
    await side.start()
    async with httpx.AsyncClient(verify=trust()) as http:
        yield Deck(
            side,
            an_api(http, side.url, secret="secret"),
        )
    FAULTS.switch_off()
    await side.stop()


@pytest.mark.parametrize("template", [OURS, CardTemplate()], ids=["with buttons", "shared"])
async def test_an_answer_finishes_its_card(deck: Deck, template: CardTemplate) -> None:
    cards = deck.cards(template)
    await cards.create(deck.question(), summary="正在查询…")
    await cards.show("t1", lambda: "五")
    await cards.close("t1", "五天。")

    card = deck.side.card("t1")
    assert (card.state, card.text) == (CardState.FINISHED, "五天。")
    assert deck.side.ledger.violations == []


async def test_the_asker_is_mentioned_and_the_question_quoted(deck: Deck) -> None:
    question = deck.question()
    await deck.cards(OURS).create(question, summary="正在查询…")

    card = deck.side.card("t1")
    assert card.at_user_ids == (question.sender.staff_id,)
    assert card.question == "年假有几天？"
    assert card.callback_route_key == "handbook"


async def test_where_there_is_no_answer_our_template_shows_its_failed_state(deck: Deck) -> None:
    cards = deck.cards(OURS)
    await cards.create(deck.question(), summary="正在查询…")
    await cards.close("t1", "没能回答。", failed=True)

    assert (deck.side.card("t1").state, deck.side.card("t1").text) == (CardState.FAILED, "没能回答。")


async def test_the_shared_template_would_hide_the_reason_and_is_finished_instead(deck: Deck) -> None:
    cards = deck.cards(CardTemplate())
    await cards.create(deck.question(), summary="正在查询…")
    await cards.close("t1", "没能回答。", failed=True)

    assert (deck.side.card("t1").state, deck.side.card("t1").text) == (CardState.FINISHED, "没能回答。")


async def test_a_card_closes_even_when_streaming_is_refused(deck: Deck) -> None:
    cards = deck.cards(OURS)
    await cards.create(deck.question(), summary="正在查询…")
    FAULTS.switch_on("dingtalk.streaming_refused")
    await cards.close("t1", "没能回答。", failed=True)

    assert (deck.side.card("t1").state, deck.side.card("t1").text) == (CardState.FAILED, "没能回答。")


async def test_questions_are_suggested_where_there_are_buttons_for_them(deck: Deck) -> None:
    cards = deck.cards(OURS)
    await cards.create(deck.question(), summary="正在查询…")
    await cards.suggest("t1", ["病假呢？", "事假呢？"])

    variables = deck.side.card("t1").variables
    assert [variables[f"suggestion{n}"] for n in (1, 2, 3)] == ["病假呢？", "事假呢？", ""]


async def test_without_buttons_a_suggestion_costs_no_call(deck: Deck) -> None:
    cards = deck.cards(CardTemplate())
    await cards.create(deck.question(), summary="正在查询…")
    before = len(deck.side.ledger.calls)
    await cards.suggest("t1", ["病假呢？"])

    assert len(deck.side.ledger.calls) == before
