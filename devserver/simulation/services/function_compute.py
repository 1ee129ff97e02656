"""Function Compute's asynchronous side: at least once, retried, given up, and a timer for housekeeping.

Figures are those of `infra/s.yaml`. How long the cloud waits before a retry is undocumented; the plan draws
it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devserver.simulation.instance import Surroundings, build_instance, invocation_of
from devserver.simulation.scheduler.clock import Clock
from devserver.simulation.scheduler.process import PROCESS, Process
from devserver.simulation.world import WORK, WORLD, Role, Work
from rag_on_dingtalk.models.jobs import LateCard
from rag_on_dingtalk.models.question import Question

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

    from rag_on_dingtalk.worker.dispatcher import Dispatcher

    #: Jobs that are about one question.
    OfTurn = Question | LateCard

_TIMEOUT_SECONDS: Mapping[Role, float] = {"answer": 300.0, "failed_answer": 120.0, "housekeeping": 120.0}
_RETRIES: Mapping[Role, int] = {"answer": 2, "failed_answer": 3, "housekeeping": 0}
_OLDEST_SECONDS: Mapping[Role, float] = {"answer": 600.0, "failed_answer": 3600.0, "housekeeping": 600.0}


class Instance:
    """One instance of one function: a process, its clock, and the library's objects in it."""

    def __init__(self, process: Process, clock: Clock, worker: Dispatcher) -> None:
        self.process = process
        self.clock = clock
        self.worker = worker


class FunctionCompute:
    """The queue and the instances of a schedule."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._world = around.world
        self._plan = around.plan
        self._instances: list[Instance] = []
        self._served_by: dict[str, list[Instance]] = {}
        self._numbers: dict[str, int] = {}
        self._built = 0
        self._running: set[str] = set()
        self.questions: dict[str, Question] = {}
        self.deliveries: list[asyncio.Task[None]] = []

    def submit(self, question: Question) -> None:
        """Queue a question, as the callback does."""
        self.questions[question.turn_id] = question
        self.begin(self._deliver(question))
        for pause in self._around.asked[question.turn_id].again:
            self._world.later(pause, self.again, question.turn_id, False)  # noqa: FBT003 - a callback's argument

    def requeue(self, job: OfTurn, seconds: float) -> None:
        """Queue what a worker queues itself (`x-fc-async-delay`): a waiting question, a late card."""
        kind = "requeued" if isinstance(job, Question) else "queued.late_card"
        self._world.note(kind, job.turn_id, f"in {seconds:g} s")
        self.begin(self._later(job, seconds))

    async def _later(self, job: OfTurn, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._deliver(job)

    def again(self, turn_id: str, here: bool) -> None:  # noqa: FBT001 - a callback's argument
        """Deliver a message once more; at least once is all that is promised.

        here: to an instance that has had it already, as opposed to another one.
        """
        question = self.questions.get(turn_id)
        if question is not None:
            self.begin(self._second_delivery(question, here=here))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something of the world's in the background; the schedule ends after it."""
        task = WORLD.copy().run(self._world.loop.create_task, work)
        self.deliveries.append(task)

    @property
    def idle(self) -> bool:
        """Nothing is queued, and no invocation runs, not even one that Function Compute has given up."""
        return all(task.done() for task in self.deliveries) and not self._running

    async def housekeeping(self) -> None:
        """One round of the timer's function; `reservedConcurrency: 1` lets one run at a time."""
        if not any(owner.startswith("housekeeping") for owner in self._running):
            await self._invoke("housekeeping", self._build("housekeeping"), None, 1)

    async def _deliver(self, job: OfTurn) -> None:
        if not await self._attempts("answer", job):
            self._world.note("gave_up", job.turn_id)
            await self._attempts("failed_answer", job)

    async def _attempts(self, role: Role, job: OfTurn) -> bool:
        queued = self._world.loop.time()
        for attempt in range(1, _RETRIES[role] + 2):
            if attempt > 1:
                pauses = self._plan.retry_pauses
                await asyncio.sleep(pauses[min(attempt - 2, len(pauses) - 1)])
            if self._world.loop.time() - queued > _OLDEST_SECONDS[role]:
                break
            instance = self._any_instance() if role == "answer" else self._build(role)
            if await self._invoke(role, instance, job, attempt):
                return True
        return False

    async def _second_delivery(self, question: Question, *, here: bool) -> None:
        had_it = [one for one in self._served_by.get(question.turn_id, ()) if not one.process.dead]
        if here and had_it:
            instance = had_it[0]
        else:
            others = [one for one in self._alive() if one not in had_it]
            instance = others[0] if others else self._build("answer")
        await self._invoke("answer", instance, question, 1, second=True)

    def _alive(self) -> list[Instance]:
        self._instances = [one for one in self._instances if not one.process.dead]
        return self._instances

    def _any_instance(self) -> Instance:
        alive = self._alive()
        if len(alive) < self._plan.instances:
            return self._build("answer")
        return alive[int(self._world.random.random() * len(alive))]

    def _build(self, role: Role) -> Instance:
        number = self._numbers[role] = self._numbers.get(role, 0) + 1
        process = Process(f"{role}-{number}")
        skews = self._plan.skews
        clock = Clock(self._world.loop, skews[self._built % len(skews)])
        self._built += 1
        context = WORLD.copy()
        context.run(PROCESS.set, process)
        worker = context.run(build_instance, process.name, clock, self._around, self.requeue)
        instance = Instance(process, clock, worker)
        if role == "answer":
            self._instances.append(instance)
        return instance

    async def _invoke(
        self, role: Role, instance: Instance, job: OfTurn | None, attempt: int, *, second: bool = False
    ) -> bool:
        """One invocation; whether Function Compute takes it for a success."""
        world, process, turn_id = self._world, instance.process, job.turn_id if job else ""
        number = self._numbers["invocation"] = self._numbers.get("invocation", 0) + 1
        work = Work(
            f"{process.name}/{number}.{attempt}",
            role,
            process,
            turn_id,
            attempt,
            second,
            isinstance(job, LateCard),
        )
        self._served_by.setdefault(turn_id, []).append(instance)
        words = f"{work.owner} attempt {attempt}{' again' if second else ''}"
        world.note("invoked", turn_id, words, process=process)
        over: asyncio.Future[str] = world.loop.create_future()
        self._start(instance, work, job, over)
        # Function Compute gives the request up; what runs in the instance does not hear of it.
        world.later(_TIMEOUT_SECONDS[role], _become, over, "timeout")
        outcome = await over
        world.note(outcome.partition(" ")[0], turn_id, f"{work.owner} {outcome}", process=process)
        if outcome == "timeout" and (role != "answer" or self._plan.kill_at_timeout):
            world.loop.kill(process)
        elif role != "answer":
            # Its event loop ends with the invocation.
            process.dead = True
        return outcome.startswith("done")

    def _start(self, instance: Instance, work: Work, job: OfTurn | None, over: asyncio.Future[str]) -> None:
        """Begin the invocation's task in its process; `over` holds what came of it."""
        invocation = invocation_of(work.owner, instance.clock, _TIMEOUT_SECONDS[work.role], work.attempt)

        async def _work() -> Any:
            if job is None:
                return await instance.worker.clean_up(invocation)
            if work.role == "failed_answer":
                return await instance.worker.give_up(job, invocation, condition="EventAgeExceeded")
            return await instance.worker.dispatch(job, invocation)

        def _ended(task: asyncio.Task[Any]) -> None:
            self._running.discard(work.owner)
            error = None if task.cancelled() else task.exception()
            if task.cancelled() or error is not None:
                _become(over, f"failed {type(error).__name__}: {error}"[:110])
            else:
                _become(over, f"done {task.result()}")

        def _killed() -> None:
            self._running.discard(work.owner)
            _become(over, "killed")

        context = WORLD.copy()
        context.run(PROCESS.set, work.process)
        context.run(WORK.set, work)
        self._running.add(work.owner)
        task = self._world.loop.create_task(_work(), context=context)
        task.add_done_callback(_ended, context=WORLD)
        work.process.at_end.append(_killed)
        if work.process.dead:
            _killed()


def _become(over: asyncio.Future[str], outcome: str) -> None:
    if not over.done():
        over.set_result(outcome)
