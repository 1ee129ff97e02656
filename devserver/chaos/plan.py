"""Who asks what, where and when, and in which weather: all of it drawn from one seed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from devserver.chaos.weather import Hazard, Outage, Spell, draw_outage, draw_spells

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUESTIONS = (
    "最新的差旅报销标准是什么？",
    "一线城市的住宿标准是多少？",
    "年假有几天？",
    "病假需要什么证明？",
    "访客怎么预约会议室？",
    "入职第一天要带什么材料？",
    "绩效考核多久一次？",
    "采购审批的流程是什么？",
    "密码多久要换一次？",
    "培训费用可以报销吗？",
)
_TOKEN = re.compile("〔([0-9]{4,})〕")

_MOST_IN_A_SPELL = 15
_LONGEST_PAUSE = 1.0

_OUTAGE_SHARE = 0.15
#: Acts between two outages at least, so that most questions are asked in ordinary weather.
_ACTS_BETWEEN = 4
_HOUSEKEEPING_SHARE = 0.3


@dataclass(frozen=True)
class Chat:
    """A conversation; a group unless there is one person in it.

    people: their numbers.
    shared: the robot keeps one session for all of them.
    """

    robot: str
    people: tuple[int, ...]
    shared: bool = False


@dataclass(frozen=True)
class Utterance:
    """One question.

    chat, person: their numbers.
    times: deliveries of the push.
    pause: seconds before whatever is said next, anywhere.
    """

    number: int
    chat: int
    person: int
    text: str
    times: int
    pause: float


@dataclass(frozen=True)
class Act:
    """Some questions in the same weather.

    outage: begins with the first of them and may outlast the act; None: none does.
    housekeeping: a round of it begins with the first question.
    """

    spells: tuple[Spell, ...]
    utterances: tuple[Utterance, ...]
    outage: Outage | None = None
    housekeeping: bool = False


@dataclass(frozen=True)
class Plan:
    """A whole run.

    lasting: the faults stay on until the questions are answered, as far as they let them be.
    housekeeping: rounds of it come now and then, and in the end until there is no more to do.
    """

    seed: int
    chats: tuple[Chat, ...]
    acts: tuple[Act, ...]
    lasting: bool = False
    housekeeping: bool = True

    @property
    def people(self) -> int:
        """How many take part."""
        return 1 + max(person for chat in self.chats for person in chat.people)

    @property
    def meets_kms(self) -> bool:
        """Whether KMS fails at some time, so that the secrets must be there."""
        names = [spell.name for act in self.acts for spell in act.spells]
        names += [act.outage.fault for act in self.acts if act.outage is not None]
        return any(name.startswith("kms.") for name in names)


def token_of(number: int) -> str:
    """What makes a question's text unlike every other's, and marks the answer to it."""
    return f"〔{number:04}〕"


def tokens_in(text: str) -> list[str]:
    """Every token in a text, in order."""
    return [found.group() for found in _TOKEN.finditer(text)]


def draw_plan(
    seed: int,
    *,
    questions: int,
    conversations: int,
    hazards: Sequence[Hazard],
    outages: Sequence[Outage] = (),
    always: bool = False,
    housekeeping: bool = True,
) -> Plan:
    """The run that belongs to a seed.

    always: every hazard is on all the time, as when only a few were asked for; outages come as often as
        they may.
    """
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    chats = tuple(_chat(number) for number in range(conversations))
    acts: list[Act] = []
    number, calm = 1, 0
    while number <= questions:
        count = min(random.randint(5, _MOST_IN_A_SPELL), questions - number + 1)
        spells = draw_spells(random, hazards, always=always)
        said = tuple(_utterance(random, chats, one) for one in range(number, number + count))
        outage = None
        if outages and calm <= 0 and (random.random() < _OUTAGE_SHARE or always):
            outage, calm = draw_outage(random, outages), _ACTS_BETWEEN + 1
        tidies = random.random() < _HOUSEKEEPING_SHARE and housekeeping
        acts.append(Act(spells, said, outage, housekeeping=tidies))
        number, calm = number + count, calm - 1
    return Plan(seed, chats, tuple(acts), lasting=always, housekeeping=housekeeping)


def _chat(number: int) -> Chat:
    """Two private chats, a group with a shared session, a group with a session for each; and again."""
    match number % 4:
        case 0 | 1:
            return Chat("handbook", (number,))
        case 2:
            return Chat("team", (number - 2, number - 1, number), shared=True)
        case _:
            return Chat("handbook", (number - 1, number))


def _utterance(random: Random, chats: Sequence[Chat], number: int) -> Utterance:
    chat = random.randrange(len(chats))
    return Utterance(
        number=number,
        chat=chat,
        person=random.choice(chats[chat].people),
        text=f"{random.choice(_QUESTIONS)}{token_of(number)}",
        times=random.choices((1, 2, 3), weights=(8, 1, 1))[0],
        pause=random.uniform(0.1, _LONGEST_PAUSE) if random.random() < 0.4 else 0.0,
    )
