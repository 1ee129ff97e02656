"""A skill as it is written in a file or in the table `curated`. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from rag_on_dingtalk.settings.sections.access import Name, When
from rag_on_dingtalk.settings.strict import Count, Strict

#: What templates and calls know of every question; a step or a result may not be called so.
GIVEN = frozenset(("user", "nick", "question", "today", "turn"))

_Variable = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Percent = Annotated[int, msgspec.Meta(ge=1, le=99)]
#: A card of DingTalk shows no more than this at once, and an answer by hand is shorter.
LONGEST_ANSWER = 8_000
_Answer = Annotated[str, msgspec.Meta(max_length=LONGEST_ANSWER)]


class Triggers(Strict, frozen=True, kw_only=True):
    """Which messages start the skill; one of them is enough, and `any` and `all` count as one.

    questions: whole questions; punctuation, width, case and courtesies make no difference.
    any: the message contains one of these words; all: it contains each of these.
    pattern: a regular expression that is found in the message's first 200 characters.
    command: a word with a slash, such as `/leave`, with which the message begins.
    """

    questions: Annotated[tuple[_Line, ...], msgspec.Meta(max_length=50)] = ()
    any: Annotated[tuple[_Line, ...], msgspec.Meta(max_length=50)] = ()
    all: Annotated[tuple[_Line, ...], msgspec.Meta(max_length=20)] = ()
    pattern: Annotated[str, msgspec.Meta(max_length=200)] = ""
    command: Annotated[str, msgspec.Meta(max_length=30)] = ""


class OwnQuestion(Strict, frozen=True, kw_only=True):
    """A question of the skill's own, asked by `check`, `doctor` and `evaluate`.

    ask: the message. starts: whether it starts this skill.
    says: words that the first reply must contain; empty: any reply will do.
    """

    ask: str
    starts: bool = True
    says: str = ""


class Call(Strict, frozen=True, kw_only=True):
    """A call of an API of the company's. The values of variables are encoded; they never change the host.

    url: with `{variables}` in its path and query.
    method: of the call. headers: sent as they are. body: sent as JSON; texts in it may hold `{variables}`.
    secret: a reference such as `env:HR_KEY`; secret_header: where it is sent, `Authorization` as a bearer.
    seconds: how long the call may take. most_bytes: of its answer.
    results: the name of a variable → its place in the answer's JSON, such as `data.days`.
    refused: a status such as 409 → what the asker reads then; all others are failures.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: dict[str, str | int | bool] = msgspec.field(default_factory=dict)
    secret: str = ""
    secret_header: str = "Authorization"  # noqa: S105 - a header's name
    seconds: Annotated[float, msgspec.Meta(gt=0, le=10)] = 5.0
    most_bytes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100_000
    results: dict[_Variable, str] = msgspec.field(default_factory=dict)
    refused: dict[str, str] = msgspec.field(default_factory=dict)


class PythonCall(Strict, frozen=True, kw_only=True):
    """A class of your own in place of an API, from the folder `plugins/` or a package beside it.

    factory: `package.module:Class`; the class has `API = 1`, a struct `Settings`, and is made with that.
        Its method `async call(values, key)` gets the variables and returns the results as texts, by variable.
    settings: its own. results: the variables that it returns. seconds: how long a call may take.
    """

    factory: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=200)]
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    results: tuple[_Variable, ...] = ()
    seconds: Annotated[float, msgspec.Meta(gt=0, le=10)] = 5.0


class Step(Strict, frozen=True, kw_only=True):
    """One value that a skill needs.

    name: the variable. ask: what the person is asked for it.
    kind: `text`, `number`, `date` (also 明天, 下周一), or `choice`.
    choices: the first three are buttons; all may be typed, or their numbers.
    pattern: a regular expression that the whole text must match; longest: its characters.
    least, most: of a number; of a date, in days from today.
    wrong: what the person reads when the value does not fit; empty: what is expected of the kind.
    """

    name: _Variable
    ask: str
    kind: Literal["text", "number", "date", "choice"] = "text"
    choices: Annotated[tuple[_Line, ...], msgspec.Meta(max_length=20)] = ()
    pattern: Annotated[str, msgspec.Meta(max_length=200)] = ""
    longest: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 200
    least: float | None = None
    most: float | None = None
    wrong: str = ""


class Skill(Strict, frozen=True, kw_only=True):
    """One skill.

    id: its name; version: the higher is the newer one, and two of one id may live side by side.
    percent: of the people, this part gets this version instead of the lower one, always the same ones.
    owner: staff id of the person who answers for it.
    valid_from, valid_until: days in China, both included; without them it is always valid.
    when: which people and conversations it is for, as in a route. routes: only for people whom the
        access rules let use one of these; empty: all.
    call: of an API; python: of a class of your own, in its place.
    answer: a template; without `call` and `steps` it may be any markdown.
    steps: values that are asked for; confirm: what is asked before the call is made; empty: nothing.
    tests: questions of its own.
    approved_by, approved_on: who approved the answer, and on which day; it is then said as it stands, and no
        template.
    """

    id: Name
    version: Count = 1
    percent: _Percent | None = None
    owner: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    triggers: Triggers = Triggers()
    when: When = When()
    routes: tuple[Name, ...] = ()
    answer: _Answer = ""
    call: Call | None = None
    python: PythonCall | None = None
    steps: Annotated[tuple[Step, ...], msgspec.Meta(max_length=10)] = ()
    confirm: Annotated[str, msgspec.Meta(max_length=500)] = ""
    tests: tuple[OwnQuestion, ...] = ()
    approved_by: str = ""
    approved_on: date | None = None

    @property
    def is_flow(self) -> bool:
        """Whether it asks back."""
        return bool(self.steps or self.confirm)

    @property
    def calls(self) -> bool:
        """Whether its answer depends on what something else says."""
        return self.call is not None or self.python is not None

    @property
    def is_plain(self) -> bool:
        """Whether its answer is said as it is: people have written it, and braces in it mean nothing."""
        return bool(self.approved_by)

    @property
    def label(self) -> str:
        """For the log and the record: which version answered."""
        return f"{self.id}@{self.version}"

    def is_valid_on(self, day: date) -> bool:
        """Whether it is to be used on this day in China."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


COMMAND = re.compile(r"/[^\s/@]{1,29}")
