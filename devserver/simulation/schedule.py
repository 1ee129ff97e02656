"""One schedule, from its plan to its books."""

from __future__ import annotations

import asyncio
import gc
import random as global_random
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from devserver.simulation.books.balance import Books, balance
from devserver.simulation.bot import BOT, decide_experiment
from devserver.simulation.instance import WEBHOOK_URL, Surroundings, row_state
from devserver.simulation.plan.triggers import Triggers
from devserver.simulation.plan.weather import Weather
from devserver.simulation.scheduler.clock import EPOCH_MS
from devserver.simulation.scheduler.loop import sweep
from devserver.simulation.services.dingtalk import DingTalk
from devserver.simulation.services.function_compute import FunctionCompute
from devserver.simulation.services.secrets import Secrets
from devserver.simulation.services.skills import WORD
from devserver.simulation.services.tablestore import Tables
from devserver.simulation.world import WORLD, World
from rag_on_dingtalk.models.question import (
    Conversation,
    ConversationType,
    Question,
    ReplyWebhook,
    Sender,
    turn_id_of,
)

if TYPE_CHECKING:
    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.draw import Plan, PlannedQuestion

#: Housekeeping goes on for a day; what it has not put right by then it never will.
_DAY_SECONDS = 86_400.0
#: After the queue has come to rest, rounds come at the deployed pace.
_ROUNDS_EVERY_SECONDS = 600.0
#: What Function Compute still tries after this long it would try for ever: attempts end after two hours.
_LONGEST_SECONDS = 4 * 3_600.0
#: At least this many after the last fault.
_QUIET_ROUNDS = 2


@dataclass(frozen=True)
class Result:
    """What became of a schedule.

    names: what a turn is called in the trace, by turn id.
    """

    plan: Plan
    books: Books
    events: tuple[Event, ...]
    names: dict[str, str]
    steps: int


def run(plan: Plan) -> Result:
    """Carry a plan out. The library draws its jitter from the `random` module, which is seeded for it.

    Where nothing is collected as garbage by itself, the caller sweeps; see `scheduler/loop.py`.
    """
    state = global_random.getstate()
    global_random.seed(f"library {plan.seed}")
    collecting = gc.isenabled()
    gc.disable()
    schedule = Schedule(plan)
    try:
        schedule.world.loop.run_until_complete(schedule.play())
        return Result(
            plan,
            balance(plan, schedule.asked, schedule.tables, schedule.dingtalk, schedule.world.events),
            tuple(schedule.world.events),
            {turn_id: f"q{one.number}" for turn_id, one in schedule.asked.items()},
            schedule.world.loop.steps,
        )
    finally:
        schedule.world.close()
        global_random.setstate(state)
        if collecting:
            sweep()
            gc.enable()


class Schedule:
    """The parts of one schedule, wired."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.asked = {turn_id_of(BOT, f"m{one.number}"): one for one in plan.questions}
        random = Random(f"world {plan.seed}")  # noqa: S311 - to be repeated, not to be secret
        self._triggers = Triggers(plan.triggers)
        self.world = World(random, on_event=self._triggers.take)
        loop = self.world.loop
        self._to_tablestore = Weather(loop, random, plan.tablestore, usual=(0.002, 0.02), slow=(0.5, 2.0))
        self._to_dingtalk = Weather(loop, random, plan.dingtalk, usual=(0.02, 0.15), slow=(2.0, 12.0))
        self.tables = Tables(self.world, self._to_tablestore, row_state=row_state)
        self.dingtalk = DingTalk(self.world, random, undelivered=plan.undelivered, no_cards=plan.no_cards)
        self.secrets = Secrets(self.world, plan.kms_away)
        around = Surroundings(
            self.world, plan, self.asked, self.tables, self.dingtalk, self._to_dingtalk, self.secrets
        )
        self.functions = FunctionCompute(around)
        services = {"tablestore": self._to_tablestore, "dingtalk": self._to_dingtalk}
        self._triggers.bind(self.world, self.functions, services, self.secrets, self._decide)

    def _decide(self, state: str) -> None:
        decide_experiment(self.tables, BOT, state, now_ms=EPOCH_MS + int(self.world.loop.time() * 1000))

    async def play(self) -> None:
        """Everybody asks, faults strike, and at last everything is left to housekeeping for a day."""
        loop = self.world.loop
        for turn_id, planned in self.asked.items():
            self.world.later(
                planned.at, self.functions.submit, question_of(turn_id, planned, skills=self.plan.skills)
            )
        rounds = WORLD.copy().run(loop.create_task, self._rounds())
        last = max(one.at for one in self.plan.questions) + 1.0
        await asyncio.sleep(last)
        while not self.functions.idle or loop.time() < self._clears_at():
            if loop.time() > last + _LONGEST_SECONDS:
                return
            await asyncio.sleep(5.0)
        rounds.cancel()
        self._to_tablestore.calm_down()
        self._to_dingtalk.calm_down()
        self._triggers.disarm()
        quiet = 0
        began = loop.time()
        while loop.time() - began < _DAY_SECONDS and (quiet < _QUIET_ROUNDS or not self._settled()):
            await asyncio.sleep(_ROUNDS_EVERY_SECONDS)
            await self.functions.housekeeping()
            quiet += 1

    async def _rounds(self) -> None:
        await asyncio.sleep(self.plan.first_round)
        while True:
            self.functions.begin(self.functions.housekeeping())
            await asyncio.sleep(self.plan.rounds_every)

    def _clears_at(self) -> float:
        return max(self._to_tablestore.clears_at, self._to_dingtalk.clears_at)

    def _settled(self) -> bool:
        """No question is left that housekeeping could find unfinished."""
        if not self.functions.idle:
            return False
        for turn_id in self.asked:
            row = self.tables.turn(turn_id)
            if row is not None and not row_state(row)[1]:
                return False
            if row is None and not any(one.turn_id == turn_id for one in self.dingtalk.messages):
                card = self.dingtalk.cards.get(turn_id)
                if card is None or not card.closed:
                    return False
        return True


def question_of(turn_id: str, planned: PlannedQuestion, *, skills: bool = False) -> Question:
    """The job that the callback queues."""
    asked_ms = EPOCH_MS + int(planned.at * 1000)
    kind = ConversationType.GROUP if planned.group else ConversationType.ONE_TO_ONE
    expires_ms = asked_ms + 5_400_000 if planned.webhook else asked_ms
    return Question(
        turn_id=turn_id,
        bot=BOT,
        message_id=f"m{planned.number}",
        text=f"{planned.token}{WORD}" if skills else f"年假有几天？{planned.topic or planned.token}",
        message_type="text",
        sender=Sender(sender_id=f"$:{planned.chat}", staff_id=planned.chat, nick="员工"),
        conversation=Conversation(planned.chat, kind),
        asked_ms=asked_ms,
        webhook=ReplyWebhook(WEBHOOK_URL + turn_id, expires_ms),
    )


def outcomes_of(result: Result) -> Counter[str]:
    """How its questions were answered."""
    return Counter(result.books.outcomes)
