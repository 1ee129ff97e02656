"""Sensitive words through the whole system: DingTalk's side reads every frame and message for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = texts.Texts("zh")
#: `devserver/words/demo.txt` has these for the bot `team`; the handbook says both.
MASKED, BLOCKED = "股权激励", "并购资料"
#: The local moderation service finds this one.
JUDGED, ASKS_FOR_JUDGED = "勒索病毒", "安全事件要在多久之内报告？"
ASKS_FOR_MASKED, ASKS_FOR_BLOCKED = "绩效考核结果有哪些用途？", "信息分为哪几级？"


@pytest.fixture(autouse=True)
def _reads_for_both(system: LocalSystem) -> Iterator[None]:
    system.dingtalk.forbid(MASKED, BLOCKED)
    yield
    system.dingtalk.forbid()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_a_masked_word_is_in_no_frame_wherever_the_stream_is_cut(
    system: LocalSystem, sharing_group: Chat, size: int
) -> None:
    system.faults.switch_on("knowledge.recut", count=1, value=str(size))
    system.faults.switch_on("knowledge.split", count=1, value=str(size))

    card = await sharing_group.ask(ASKS_FOR_MASKED)

    assert card.state is CardState.FINISHED
    assert "■■■■" in card.text
    assert [one.rule for one in system.dingtalk.ledger.violations if "forbidden" in one.rule] == []


async def test_the_emulator_would_have_seen_it(system: LocalSystem, private: Chat) -> None:
    """The bot `handbook` looks for no words."""
    before = len(system.dingtalk.ledger.violations)

    card = await private.ask(ASKS_FOR_MASKED)

    seen = system.dingtalk.ledger.violations[before:]
    assert MASKED in card.text
    assert {one.out_track_id for one in seen if "forbidden" in one.rule} == {card.out_track_id}
    del system.dingtalk.ledger.violations[before:]


async def test_a_blocked_answer_is_replaced(system: LocalSystem, sharing_group: Chat) -> None:
    card = await sharing_group.ask(ASKS_FOR_BLOCKED)

    assert card.text == ZH.failure(FailureKind.ANSWER_BLOCKED)
    assert [one.rule for one in system.dingtalk.ledger.violations if "forbidden" in one.rule] == []


async def test_a_blocked_question_reaches_no_knowledge_base(system: LocalSystem, sharing_group: Chat) -> None:
    before = len(system.knowledge.requests)
    await sharing_group.say("网 上 赌\u200b博怎么报销？")

    (reply,) = await sharing_group.replies(1)

    assert ZH.failure(FailureKind.BLOCKED) in reply.text
    assert sharing_group.conversation.cards == []
    assert len(system.knowledge.requests) == before
    found = [entry.line for entry in system.log if "words_found" in entry.line]
    assert "words/demo.txt:10" in found[-1]
    assert "赌" not in found[-1]


async def test_dates_are_explained_to_the_knowledge_base_alone(
    system: LocalSystem, sharing_group: Chat
) -> None:
    card = await sharing_group.ask("明天可以请年假吗？")

    assert "明天（=20" in (system.knowledge.requests[-1].question or "")
    assert card.question == "明天可以请年假吗？"


async def test_an_answer_that_the_service_blocks_is_replaced(
    system: LocalSystem, sharing_group: Chat
) -> None:
    card = await sharing_group.ask(ASKS_FOR_JUDGED)

    assert card.text == ZH.failure(FailureKind.ANSWER_BLOCKED)
    assert not [frame for frame in card.frames if JUDGED in frame.text]
    assert any(service == "llm_response_moderation" for service, *_ in system.moderation.judged)


@pytest.mark.parametrize("fault", ["away", "refused"])
async def test_while_the_service_is_away_the_word_lists_decide(
    system: LocalSystem, sharing_group: Chat, fault: str
) -> None:
    """The bot `team` has `local_only` for both directions."""
    system.faults.begin_outage(f"moderation.{fault}", 3600)

    # Asked by no other test: an answer that is given again would be a part of the next question.
    answered = await sharing_group.ask(f"年假有几天？（{fault}）")
    blocked = await sharing_group.ask(ASKS_FOR_MASKED, person=1)

    assert answered.state is CardState.FINISHED
    assert "年假" in answered.text
    assert blocked.state is CardState.FINISHED
    assert "■" in blocked.text
    assert any("moderation_failed" in entry.line for entry in system.log)


async def test_a_masked_word_of_the_question_is_masked_on_the_card_and_for_the_knowledge_base(
    system: LocalSystem, sharing_group: Chat
) -> None:
    card = await sharing_group.ask("股 权\u200b激励给哪些人？")

    assert card.question == "■ ■\u200b■■给哪些人？"
    assert system.knowledge.requests[-1].question == card.question
    assert [one.rule for one in system.dingtalk.ledger.violations if "forbidden" in one.rule] == []
