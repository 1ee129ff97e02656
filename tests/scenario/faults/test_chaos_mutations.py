"""Chaos notices when a rule is undone in a copy of the library: the books do not balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devserver.chaos.plan import Plan, draw_plan
from devserver.chaos.running import Run, carry_out
from devserver.chaos.weather import Hazard
from devserver.system import ASYNC_ANSWER
from tests.simulation.mutations import Mutation, mutated

if TYPE_CHECKING:
    from pathlib import Path

    from devserver.chaos.books.balance import Kind
    from devserver.system import LocalSystem


# A connection that opens while its instance is killed is closed only by the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.usefixtures("no_garbage_left"),
]

_TURNS = "storage/turns/turns.py"


async def test_without_the_claim_the_books_do_not_balance(tmp_path: Path) -> None:
    library = without(
        tmp_path,
        (_TURNS, "        if lease.owner == owner:\n", "        if lease.owner:\n"),
        # Nor the condition that lets only the owner write.
        (
            _TURNS,
            '        condition = both(ours, missing_or_below("lease_until", below_ms))\n',
            '        condition = missing_or_below("lease_until", NEVER_MS + 2)\n',
        ),
    )

    run = await carry_out(
        weather(2, certain("function_compute.deliver_elsewhere"), certain("dingtalk.card_refused")),
        library=library,
        lasting_seconds=60,
        # Neither of the two has an answer before both have asked for one.
        together=2,
    )

    assert "two messages" in kinds(run)


async def test_without_resuming_a_crashed_answer_the_books_do_not_balance(tmp_path: Path) -> None:
    library = without(
        tmp_path,
        (
            "worker/claim.py",
            "                if claim is Refused.DONE:\n",
            "                if isinstance(claim, Refused):\n",
        ),
    )

    async def kill_who_has_a_card_open(system: LocalSystem) -> None:
        await system.dingtalk.wait_for(
            lambda: [one for one in system.dingtalk.conversations if one.cards], 60
        )
        system.functions.kill_instance(ASYNC_ANSWER)

    # So long that a retry always comes before its end.
    run = await carry_out(weather(2), library=library, lease_seconds=60, beside=kill_who_has_a_card_open)

    assert {"card left open", "turn left open"} <= kinds(run)


async def test_without_another_way_to_close_a_card_the_books_do_not_balance(tmp_path: Path) -> None:
    # By an ordinary update, when streaming is refused.
    library = without(
        tmp_path,
        (
            "dingtalk/cards/ai_card.py",
            "        except DingTalkError:\n",
            "        except ZeroDivisionError:\n",
        ),
    )

    run = await carry_out(weather(2, certain("dingtalk.streaming_refused")), library=library)

    assert "card left open" in kinds(run)


def certain(fault: str) -> Hazard:
    return Hazard(fault, 1.0, (1.0, 1.0))


def weather(questions: int, *hazards: Hazard) -> Plan:
    # Without housekeeping, which repairs in the end what these mutations break.
    return draw_plan(
        1, questions=questions, conversations=4, hazards=hazards, always=True, housekeeping=False
    )


def kinds(run: Run) -> set[Kind]:
    return {breach.kind for breach in run.books.breaches}


def without(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of the library with these edits, as the simulation's mutations have them."""
    return mutated(folder, Mutation("a rule undone", edits))
