"""What answers cost in API calls, as DingTalk counts them: one, many at once, and a whole month of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.texts import Texts
from tests.scenario.calls import (
    ANSWERING,
    Pace,
    answers,
    counted,
    private_chats,
    refusals,
    running,
    said_by_message,
    said_on_cards,
)
from tests.scenario.chat.test_main_job import TRAVEL

if TYPE_CHECKING:
    from pathlib import Path

    from devserver.system import LocalSystem

#: Seconds; no answer takes nearly so long.
_PATIENCE = 120.0

_MONTH_USED_UP = "Forbidden.AccessDenied.ApiCountLimitForOrg"


async def quiet(system: LocalSystem) -> None:
    """Nothing runs any more."""
    await asyncio.wait_for(system.functions.idle(), _PATIENCE)


async def test_an_answer_of_half_a_minute_costs_what_its_mode_says(tmp_path: Path) -> None:
    pace = Pace(characters=2_000, pieces=50, seconds=30)
    modes = ("live", "economical", "final")
    # At the same time, each in an app of its own: half a minute is long enough once.
    async with running(tmp_path, pace, {mode: {"streaming": mode} for mode in modes}) as system:
        chats = {mode: private_chats(system, mode, 1)[0] for mode in modes}
        for chat in chats.values():
            await chat.say(TRAVEL)
        await quiet(system)

    whole = [pace.answer(TRAVEL)]
    assert {mode: said_on_cards(chat) for mode, chat in chats.items()} == dict.fromkeys(modes, whole)
    assert refusals(system) == []
    costs = {mode: len(counted(system, mode)) for mode in modes}
    assert costs["final"] <= 2 < costs["economical"] <= 8 < costs["live"] <= 32


async def test_live_answers_of_two_processes_that_share_the_rate_are_all_whole(tmp_path: Path) -> None:
    # Sixty fill one instance. That no second has too many calls is proved in simulated time, in
    # tests/unit/delivery/test_shared_second.py: here a busy machine delays calls after they were let go.
    questions = [f"第 {number} 问" for number in range(64)]
    pace = Pace(characters=200, pieces=20, seconds=3, together=len(questions))
    async with running(tmp_path, pace, {"handbook": {"streaming": "live"}}) as system:
        chats = private_chats(system, "handbook", len(questions))
        for chat, question in zip(chats, questions, strict=True):
            await chat.say(question)
        await quiet(system)
        processes = {task.instance_id for task in system.functions.tasks() if task.function == ANSWERING}

    assert len(processes) == 2
    assert [answers(chat) for chat in chats] == [[pace.answer(question)] for question in questions]


async def test_a_months_budget_is_kept_and_everybody_is_answered_once(tmp_path: Path) -> None:
    pace = Pace(characters=60, pieces=3)
    bot = {"title": "手册", "administrators": ["user0001"]}
    async with running(tmp_path, pace, {"handbook": bot}, monthly_calls=100) as system:
        *crowd, late = private_chats(system, "handbook", 7)
        questions = [f"第 {number} 问" for number in range(50)]
        for question in questions[:10]:
            for chat in crowd:
                await chat.say(question)
        await quiet(system)
        # What the burst had set aside and did not need is for later questions, until nothing is left.
        asked_late = 0
        while not said_by_message(late) and asked_late < len(questions):
            await late.say(questions[asked_late])
            await quiet(system)
            asked_late += 1

    assert _MONTH_USED_UP not in refusals(system)
    assert system.dingtalk.quota.used <= 100
    for chat, number in [*((chat, 10) for chat in crowd), (late, asked_late)]:
        assert [card.out_track_id for card in chat.conversation.cards if not card.closed] == []
        answered = [text for text in answers(chat) if text]
        assert sorted(answered) == sorted(map(pace.answer, questions[:number]))
    administrator = system.dingtalk.private(system.dingtalk.person("小明"), late.robot)
    assert sorted(message.text for message in administrator.messages) == sorted(
        Texts("zh").say(sentence, title="手册", limit="100") for sentence in ("budget_80", "budget_100")
    )
