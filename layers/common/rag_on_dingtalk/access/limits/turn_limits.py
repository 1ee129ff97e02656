"""The limits of one question: counted before it is answered, given back when it got no answer.

Counting is safe to repeat: the counters know the turn. So nothing is recorded in the turn's row; an
invocation that takes the turn over counts again, which changes nothing, and a question is given back only
after the turn's record says, for good, that there is no answer. From then on no counter takes it again: an
instance that was frozen while another one answered changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.limits import sentences
from rag_on_dingtalk.access.limits.meters import needs_departments, place_meters, question_meters
from rag_on_dingtalk.access.limits.places import Places
from rag_on_dingtalk.access.limits.windows import window_of
from rag_on_dingtalk.errors import FailureKind, StateError
from rag_on_dingtalk.storage.shared.limit_counters import LimitCounters, Taking
from rag_on_dingtalk.storage.shared.once import Once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag_on_dingtalk.access.limits.meters import Chains, Meter
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.sections.limits import Limit
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.texts import Texts

    #: Of each department the asker is in: it, what it is a part of, and so on; None: not known now.
    DepartmentsOf = Callable[[Question], Awaitable[Chains | None]]

#: From this part of a limit on, the asker is told once a day; a smaller limit is reached before it helps.
_NEAR = 0.8
_SMALLEST_WITH_NOTICE = 5
#: Limits of which this process remembers that they are near.
_REMEMBERED = 10_000
#: An answer of which something was shown counts, however it ended.
_COUNTS_WITH_TEXT = (FailureKind.STOPPED, FailureKind.DEADLINE)


async def no_departments(question: Question) -> Chains:  # noqa: ARG001 - as in DepartmentsOf
    """Of an organisation whose directory is not read."""
    return ()


@dataclass(frozen=True)
class LimitStore:
    """What the limits of all questions of one process share.

    clock: milliseconds since the epoch.
    """

    counters: LimitCounters
    once: Once
    departments_of: DepartmentsOf
    clock: Callable[[], int]
    log: LogLine
    #: By limit, the day for which an asker was told that it is near, as far as this process knows.
    noted: dict[tuple[str, str], str] = field(default_factory=dict)


def limit_store(
    rows: Rows,
    *,
    departments_of: DepartmentsOf = no_departments,
    clock: Callable[[], int],
    log: LogLine,
) -> LimitStore:
    """Over these rows."""
    return LimitStore(LimitCounters(rows), Once(rows), departments_of, clock, log)


class TurnLimits:
    """One question's limits.

    again: an earlier invocation may have counted it.
    away: Tablestore is not asked, because it has just been found away.
    note: for the person, below the answer; empty: none.
    """

    def __init__(
        self,
        store: LimitStore,
        limits: Sequence[Limit],
        question: Question,
        texts: Texts,
        *,
        again: bool,
        away: bool,
    ) -> None:
        self._store = store
        self._limits = limits
        self._question = question
        self._texts = texts
        self._again = again
        self._away = away
        self._departments: Chains | None = None
        self._departments_asked = False
        #: Those that may hold the question; None: this invocation has not been at them.
        self._tried: list[Meter] | None = None
        self.note = ""

    def know_departments(self, departments: Chains | None) -> None:
        """What the access rules have read of the asker, so that it is not read again.

        departments: None: the directory was asked, and does not tell it now.
        """
        self._departments, self._departments_asked = departments, True

    async def take(self) -> str:
        """Count the question in every limit; the sentence of the one that refuses it, or nothing.

        What was counted before the one that refuses is given back by `settle`.
        """
        meters = await self._meters()
        self._tried = []
        if meters is None:
            return self._texts.say("limit_unknown")
        for meter in meters:
            taking = await self._take(meter)
            if taking is None and meter.limit.store_away == "refuse":
                return self._texts.say("limit_unknown")
            if taking is Taking.FULL:
                self._tried.remove(meter)
                self._store.log("limit_reached", limit=_named(meter))
                return sentences.reached(meter.limit, self._question, self._texts)
            if taking is Taking.HIGH:
                await self._note(meter)
        return ""

    async def overview(self) -> list[tuple[Meter, int | None]]:
        """Every limit that the asker meets here, and how many questions are counted in it. Never raises.

        None: not known now, or a limit on answers at the same time.
        """
        question, departments = self._question, await self._known_departments() or ()
        counting = [one for one in self._limits if one.questions]
        found: list[tuple[Meter, int | None]] = []
        for meter in question_meters(question.bot, counting, question, departments):
            count: int | None = None
            try:
                count = await self._store.counters.count(meter.key)
            except StateError as error:
                self._store.log("limit_not_read", level="WARNING", limit=_named(meter), error=str(error))
            found.append((meter, count))
        places = place_meters(question.bot, self._limits, question, departments)
        return [*found, *((meter, None) for meter in places)]

    async def settle(self, failure: str, *, shown: bool, refused: bool = False) -> None:
        """Give the question back if it got no answer. To be called once the record of that is confirmed.

        failure: a FailureKind, or empty. shown: the person has a part of the answer. refused: the asker has
            no right to one.
        Never raises: a number that stays too high for a window must not keep a sentence from a person.
        """
        if not (refused or gives_back(failure, shown=shown)):
            return
        for meter in await self._holding():
            try:
                await self._store.counters.give_back(meter.key, self._question.turn_id)
            except StateError as error:
                self._store.log(
                    "limit_not_given_back", level="WARNING", limit=_named(meter), error=str(error)
                )

    async def _holding(self) -> Sequence[Meter]:
        if self._again:
            # An earlier invocation may have counted what this one could not reach.
            return await self._meters() or ()
        return self._tried or ()

    async def places(self) -> Places:
        """Where the answer takes its places."""
        departments = await self._known_departments()
        return Places(
            self._store.counters,
            self._limits,
            self._question,
            () if departments is None else departments,
            log=self._store.log,
            clock=self._store.clock,
            away=self._away,
        )

    async def _meters(self) -> tuple[Meter, ...] | None:
        """In the order in which they are taken; None: the asker may not be answered without being known."""
        counting = [one for one in self._limits if one.questions]
        if not counting:
            return ()
        departments = await self._known_departments()
        if departments is None:
            if any(one.scope == "department" and one.store_away == "refuse" for one in counting):
                return None
            self._store.log("limit_departments_unknown", level="WARNING")
            departments = ()
        question = self._question
        return question_meters(question.bot, counting, question, departments)

    async def _known_departments(self) -> Chains | None:
        if not needs_departments(self._limits):
            return ()
        if not self._departments_asked:
            self.know_departments(await self._store.departments_of(self._question))
        return self._departments

    async def _take(self, meter: Meter) -> Taking | None:
        """None: it is not known, and not asked about any more."""
        most = meter.limit.questions or 0
        if not self._away:
            assert self._tried is not None  # noqa: S101 - `take` has made it
            self._tried.append(meter)
            try:
                return await self._store.counters.take(
                    meter.key, self._question.turn_id, most=most, notice=notice_at(most), again=self._again
                )
            except StateError as error:
                self._away = True
                self._store.log("limit_not_counted", level="ERROR", error=str(error), limit=_named(meter))
                return None
        self._store.log("limit_not_counted", level="ERROR", error="Tablestore is away", limit=_named(meter))
        return None

    async def _note(self, meter: Meter) -> None:
        """Tell the asker once a day that a limit is near."""
        scope, _ = meter.key
        day = window_of("day", self._question.asked_ms)
        if self._store.noted.get((scope, meter.limit.per)) == day and not self._again:
            return
        try:
            first = await self._store.once.first(
                f"{scope}:near", f"{meter.limit.per}:{day}", by=self._question.turn_id
            )
        except StateError as error:
            self._store.log("limit_not_noted", level="WARNING", error=str(error))
            return
        if len(self._store.noted) >= _REMEMBERED:
            self._store.noted.clear()
        self._store.noted[scope, meter.limit.per] = day
        if first:
            self._store.log("limit_near", limit=_named(meter))
            told = sentences.near(meter.limit, self._texts)
            self.note = "\n\n".join(filter(None, (self.note, told)))


def notice_at(most: int) -> int:
    """The number of questions from which on a limit is near; above `most`: never."""
    return -int(-most * _NEAR // 1) if most >= _SMALLEST_WITH_NOTICE else most + 1


def gives_back(failure: str, *, shown: bool) -> bool:
    """Whether a question costs nothing: there was no answer.

    failure: a FailureKind, or empty. shown: the person has a part of the answer.
    """
    if not failure or failure == FailureKind.CUT_SHORT.value:
        return False
    return not (shown and failure in {kind.value for kind in _COUNTS_WITH_TEXT})


def _named(meter: Meter) -> str:
    """The limit in a log line, never whose it is: `department, 500 a day`."""
    limit = meter.limit
    return f"{limit.scope}, {limit.questions} a {limit.per}"
