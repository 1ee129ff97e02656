"""Under random faults everybody gets exactly one answer; and the harness notices when that is broken."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING

import pytest

from local.chaos.plan import Plan, draw_plan
from local.chaos.report import report
from local.chaos.running import Run, carry_out
from local.chaos.weather import Hazard, chosen
from local.settings import LIBRARY
from tests.scenario.test_main_job import TRAVEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.chaos.books import Kind
    from local.system import LocalSystem
    from tests.scenario.conftest import Chat


# A connection that opens while its instance is killed has nobody left to close it but the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def _leave_no_garbage_to_the_next_test() -> Iterator[None]:
    yield
    gc.collect()


async def test_under_every_fault_each_question_has_one_answer() -> None:
    # A card that is delivered nowhere, its creator killed before that is recorded: the known gap.
    plan = draw_plan(2026, questions=40, conversations=8, hazards=chosen([], ["dingtalk.card_undelivered"]))

    run = await carry_out(plan, patience=60)

    assert sum(run.books.outcomes.values()) == 40
    assert len(run.struck) > 5
    assert run.books.hold(), report(run, again="", seconds=0, order=False)


async def test_without_the_claim_the_books_do_not_balance(tmp_path: Path) -> None:
    library = mutated(
        tmp_path,
        "state/turns.py",
        "        if found.owner == owner:\n",
        "        if found.owner:\n",
    )

    run = await carry_out(
        weather(6, certain("function_compute.deliver_twice"), certain("dingtalk.card_refused")),
        library=library,
    )

    assert "two messages" in kinds(run)


async def test_without_resuming_a_crashed_answer_the_books_do_not_balance(tmp_path: Path) -> None:
    library = mutated(
        tmp_path,
        "answering/claim.py",
        "        if claim is Refused.DONE or now_ms + pause * 1000 >= deadline_ms:\n",
        "        if claim in (Refused.DONE, Refused.TAKEN):\n",
    )

    killed = Hazard("function_compute.kill_during", 1.0, (1.0, 1.0), value=(0.1, 0.3), most=1)
    # So long that a retry always comes before its end.
    run = await carry_out(weather(6, killed), library=library, lease_seconds=4)

    assert {"card left open", "turn left open"} <= kinds(run)


async def test_without_repeating_the_final_frame_the_books_do_not_balance(tmp_path: Path) -> None:
    library = mutated(
        tmp_path, "dingtalk/cards.py", "_LAST_FRAME_ATTEMPTS = 5\n", "_LAST_FRAME_ATTEMPTS = 1\n"
    )
    # Nor by an ordinary update.
    cards = library / "rag_on_dingtalk" / "dingtalk" / "cards.py"
    replace(cards, "        except DingTalkError:\n", "        except ZeroDivisionError:\n")

    run = await carry_out(weather(20, Hazard("dingtalk.error_500", 1.0, (0.5, 0.5))), library=library)

    assert "card left open" in kinds(run)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_card_is_closed_though_the_retry_was_refused_one(system: LocalSystem, private: Chat) -> None:
    # Chaos found it: the retry took the refusal for "there is no card" and sent a message.
    system.faults.switch_on("knowledge.stall", value="2", count=1)
    await private.say(TRAVEL)
    (card,) = await system.dingtalk.wait_for(lambda: private.conversation.cards, 20)
    system.faults.switch_on("dingtalk.card_refused")
    system.functions.kill_instance("rag-on-dingtalk-async-answer")
    await system.functions.idle()

    assert card.closed
    assert private.conversation.entries[1:] == [card]


def certain(fault: str) -> Hazard:
    return Hazard(fault, 1.0, (1.0, 1.0))


def weather(questions: int, *hazards: Hazard) -> Plan:
    return draw_plan(1, questions=questions, conversations=4, hazards=hazards, always=True)


def kinds(run: Run) -> set[Kind]:
    return {breach.kind for breach in run.books.breaches}


def mutated(folder: Path, module: str, line: str, other: str) -> Path:
    """A copy of the library in which one line is another."""
    copy = folder / "library"
    shutil.copytree(
        LIBRARY / "rag_on_dingtalk",
        copy / "rag_on_dingtalk",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    replace(copy / "rag_on_dingtalk" / module, line, other)
    return copy


def replace(file: Path, line: str, other: str) -> None:
    source = file.read_text(encoding="utf-8")
    if source.count(line) != 1:
        pytest.fail(f"{file.name} has not exactly one line {line.strip()!r}. Name the line that does it now.")
    file.write_text(source.replace(line, other), encoding="utf-8")
