"""Recording acts: `await auditor.record(Act(…))`. Never raises.

Refusals are recorded once a minute for a person, an act and a rule. A sensitive act is a WARNING in the log,
on which an alarm is set; so is a person who is refused often, and a sensitive act at night by a person who
never did one then.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.audit.vocabulary import is_sensitive
from rag_on_dingtalk.observability.days import DAY_MS, day_of, hour_of
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.events import Act
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.journal.audit import Audit
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.storage.shared.once import Once

_MINUTE_MS = 60_000
#: Refusals of one person within an hour, from which on it is told.
REFUSED_OFTEN = 10
_NIGHT_FROM, _NIGHT_UNTIL = 22, 6
_NIGHTS_BACK = 30
#: Refusals of this minute that this process remembers.
_REMEMBERED = 10_000


class Auditor:
    """Writes acts to the table `audit` and to the log.

    new_id: a fresh id on each call.
    """

    def __init__(
        self, rows: Rows, audit: Audit, once: Once, *, new_id: Callable[[], str], log: LogLine
    ) -> None:
        self._rows = rows
        self._audit = audit
        self._once = once
        self._new_id = new_id
        self._log = log
        self._refused: dict[tuple[str, str, str, str, str], int] = {}

    async def record(self, act: Act) -> bool:
        """Record an act or a refusal; False: it was recorded within this minute already, or could not be."""
        try:
            if act.result == "refused":
                if not await self._first_this_minute(act):
                    return False
                await self._write(act)
                await self._count_refusal(act)
            else:
                await self._write(act)
                if is_sensitive(act.act):
                    await self._watch_the_night(act)
        except StateError as error:
            # The log is the other copy: who did what is in this line.
            self._log("act_not_recorded", level="ERROR", error=str(error), **_fields(act))
            return False
        return True

    async def _write(self, act: Act) -> None:
        if is_sensitive(act.act):
            self._log("sensitive_act", level="WARNING", **_fields(act))
        else:
            self._log("act", **_fields(act))
        await self._audit.append(act, id_=self._new_id())

    async def _first_this_minute(self, act: Act) -> bool:
        minute = act.at_ms // _MINUTE_MS
        key = (act.bot, act.act, act.who, act.rule, act.what)
        if self._refused.get(key) == minute:
            return False
        while len(self._refused) >= _REMEMBERED:
            self._refused.pop(next(iter(self._refused)))
        self._refused[key] = minute
        return await self._once.first(f"audited:{'/'.join(key)}"[:1_000], f"{minute}", by=self._new_id())

    async def _count_refusal(self, act: Act) -> None:
        key = (f"refusals:{act.bot}/{act.who}"[:1_000], hour_of(act.at_ms))
        await self._rows.update(COUNTERS, key, add={"count": 1})
        row = await self._rows.get(COUNTERS, key)
        if row is not None and row["count"] == REFUSED_OFTEN:
            detail = f"{REFUSED_OFTEN} refusals in an hour, the last by {act.rule or 'no rule'}"
            await self._write(_about(act, "refused.often", detail))

    async def _watch_the_night(self, act: Act) -> None:
        if not _is_night(act.at_ms):
            return
        nights = 0
        # The newest day first: it tells most often, and the others need not be read then.
        for ago in range(_NIGHTS_BACK + 1):
            day = day_of(act.at_ms - ago * DAY_MS)
            async for record in self._audit.between(act.bot, day, day):
                same = record.columns.get("who") == act.who and is_sensitive(str(record.columns.get("act")))
                nights += same and _is_night(int(record.columns["at_ms"]))
            # One is this act itself.
            if nights > 1:
                return
        await self._write(_about(act, "first.at_night", act.act))


def _about(act: Act, name: str, detail: str) -> Act:
    return msgspec.structs.replace(act, act=name, detail=detail, result="done", rule="")


def _is_night(at_ms: int) -> bool:
    hour = datetime.fromtimestamp(at_ms / 1000, BEIJING).hour
    return hour >= _NIGHT_FROM or hour < _NIGHT_UNTIL


def _fields(act: Act) -> dict[str, Any]:
    return msgspec.structs.asdict(act)
