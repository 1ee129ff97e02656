"""Under random faults everybody gets exactly one answer; `test_chaos_mutations.py` breaks that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devserver.chaos.plan import draw_plan
from devserver.chaos.report import report
from devserver.chaos.running import carry_out
from devserver.chaos.weather import chosen
from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.killing import Stalled

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat


# A connection that opens while its instance is killed is closed only by the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.usefixtures("no_garbage_left"),
]


async def test_under_every_fault_each_question_has_one_answer() -> None:
    plan = draw_plan(2026, questions=25, conversations=8, hazards=chosen([], ()))

    run = await carry_out(plan, patience=60)

    assert sum(run.books.outcomes.values()) == 25
    assert len(run.struck) > 5
    assert run.books.hold(), report(run, again="", seconds=0, order=False)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_card_is_closed_though_the_retry_was_refused_one(system: LocalSystem, private: Chat) -> None:
    # Chaos found it: the retry took the refusal for "there is no card" and sent a message.
    stalled = Stalled(system)
    turn_id = private.turn_id(await private.say(TRAVEL))
    await stalled.begun(turn_id)
    system.faults.switch_on("dingtalk.card_refused")
    await stalled.kill(turn_id)
    await system.functions.idle()

    (card,) = private.conversation.cards
    assert card.closed
    assert private.conversation.entries[1:] == [card]
