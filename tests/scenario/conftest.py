"""The whole system, once per test process; every test talks in conversations of its own."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Card, CardState, Conversation, Message, Person, PushOutcome, RobotApp
from rag_on_dingtalk.models.question import turn_id_of
from tests.busy_machine import patient_bots, patient_pushes
from tests.demo_people import is_stable
from tests.scenario.failure_report import conversations_in, log_lines, systems_in, turn_rows, what_is_open

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence

    from emulators.dingtalk.pushing.pushes import PushKind

#: Seconds; only a test that fails waits so long.
_PATIENCE = 120.0
_numbers = count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the system knows to the report of a test that failed."""
    report = yield
    if report.failed and call.excinfo is not None:
        values = list(getattr(item, "funcargs", {}).values())
        # Some tests start a system of their own; it is a local variable of one of the frames.
        for entry in call.excinfo.traceback:
            values += entry.frame.f_locals.values()
        report.sections += sections_of(values)
    return report


def sections_of(values: Sequence[Any]) -> list[tuple[str, str]]:
    """The last log lines and the turns' rows of each local system among the values, with their titles."""
    sections = []
    for system in systems_in(values):
        sections.append(("the functions' last log lines", log_lines(system)))
        sections += [
            ("turns", _read(partial(turn_rows, system, conversations_in(values)))),
            ("what is open", _read(partial(what_is_open, system))),
        ]
    return sections


def _read(report: Callable[[], str]) -> str:
    try:
        return report()
    except Exception as error:  # noqa: BLE001 - the system may be stopped; the test's own failure counts
        return f"could not be read: {type(error).__name__}: {error}"


@pytest.fixture(scope="session", autouse=True)
def _patient_pushes() -> Iterator[None]:
    with patient_pushes():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running() -> AsyncIterator[LocalSystem]:
    system = LocalSystem(
        Settings(
            change_bots=patient_bots,
            piece_delay=0,
            qps=None,
            monthly_calls=None,
            environ={"LEASE_SECONDS": "0.8"},
        ),
        retry_delay=lambda _: 0.05,
    )
    await system.start()
    yield system
    await system.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def system(running: LocalSystem) -> AsyncIterator[LocalSystem]:
    before, cards_before = _faults(running, "knowledge."), _faults(running, "dingtalk.card_")
    yield running
    running.faults.switch_off()
    # A test that ends before its question does must not disturb the next one.
    await running.functions.idle()
    if _faults(running, "dingtalk.card_") != cards_before:
        # Refusals are counted across tests, too, and after three of them an instance does without cards.
        for instance in running.functions.instances():
            if instance.pid is not None and not instance.function.endswith("callback"):
                os.kill(instance.pid, signal.SIGKILL)
    if _faults(running, "knowledge.") != before:
        # Failures in a row are counted across tests; an answer ends the row before the breaker opens.
        for robot in running.dingtalk.robots:
            person = _new_person(running)
            await Chat(running, robot, running.dingtalk.private(person, robot), [person]).ask("年假有几天？")


def times_finished(card: Card) -> int:
    """By final frames, or by its creation with the whole answer, as happens when its creation has to wait."""
    frames = sum(frame.kind == "finalize" for frame in card.frames)
    return frames or int(card.state is CardState.FINISHED)


def _faults(system: LocalSystem, prefix: str) -> dict[str, int]:
    return {name: times for name, times in system.faults.struck().items() if name.startswith(prefix)}


@dataclass
class Chat:
    """A conversation between new people and one robot."""

    system: LocalSystem
    robot: RobotApp
    conversation: Conversation
    people: list[Person]

    async def say(  # noqa: PLR0913 - whatever one message can hold
        self,
        text: str,
        *,
        person: int = 0,
        times: int = 1,
        kind: PushKind | None = None,
        pictures: Sequence[bytes] = (),
        file: tuple[str, bytes] | None = None,
        quote: Message | Card | None = None,
        forward: Sequence[Message | Card] = (),
        to_robot: bool = True,
    ) -> PushOutcome:
        """Send a message; returns when the callback has answered."""
        return await self.system.dingtalk.say(
            person=self.people[person],
            conversation=self.conversation,
            text=text,
            robot=self.robot,
            times=times,
            kind=kind,
            pictures=pictures,
            file=file,
            quote=quote,
            forward=forward,
            to_robot=to_robot,
        )

    async def ask(
        self,
        text: str,
        *,
        person: int = 0,
        times: int = 1,
        pictures: Sequence[bytes] = (),
        file: tuple[str, bytes] | None = None,
        quote: Message | Card | None = None,
        forward: Sequence[Message | Card] = (),
        settle: bool = True,
    ) -> Card:
        """Send a question; returns its card once that is closed, and with `settle` nothing runs any more."""
        outcome = await self.say(
            text, person=person, times=times, pictures=pictures, file=file, quote=quote, forward=forward
        )
        turn_id = self.turn_id(outcome)
        dingtalk = self.system.dingtalk
        await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, _PATIENCE)
        if settle:
            await self.system.functions.idle()
        return dingtalk.card(turn_id)

    def turn_id(self, outcome: PushOutcome) -> str:
        """The identity of the question that was sent."""
        return self.turn(outcome.message)

    def turn(self, message: Message) -> str:
        """The identity of the question that a message is."""
        return turn_id_of(self.robot.name, message.id)

    async def replies(self, number: int) -> list[Message]:
        """The robot's messages, once there are that many and nothing runs any more."""
        await self.system.dingtalk.wait_for(lambda: len(self._said()) >= number, _PATIENCE)
        await self.system.functions.idle()
        return self._said()

    def _said(self) -> list[Message]:
        return [message for message in self.conversation.messages if message.from_robot]


@pytest.fixture
def private(system: LocalSystem) -> Chat:
    """A new person's private chat with the robot `handbook`."""
    person = _new_person(system)
    robot = system.dingtalk.robot("handbook")
    return Chat(system, robot, system.dingtalk.private(person, robot), [person])


@pytest.fixture
def group(system: LocalSystem) -> Chat:
    """A new group of two people in which the robot `handbook` keeps their contexts apart."""
    return _group(system, "handbook")


@pytest.fixture
def sharing_group(system: LocalSystem) -> Chat:
    """A new group of two people whose robot `team` shares one context."""
    return _group(system, "team")


def _group(system: LocalSystem, robot_name: str) -> Chat:
    people = [_new_person(system), _new_person(system)]
    robot = system.dingtalk.robot(robot_name)
    conversation = system.dingtalk.add_group(f"测试群 {next(_numbers)}", people, [robot])
    return Chat(system, robot, conversation, people)


def _new_person(system: LocalSystem) -> Person:
    number = next(one for one in _numbers if is_stable(f"staff{one:04d}"))
    return system.dingtalk.add_person(Person(nick=f"同事{number}", staff_id=f"staff{number:04d}"))
