"""How much DingTalk serves: calls per second for each app and API, calls per month for the organisation."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 1.0
#: Months turn at midnight in China.
_BEIJING = timezone(timedelta(hours=8))


class RateWindow:
    """At most `limit` calls per key within any one second; None: no limit.

    A refused call takes no place, so waiting one second always helps, as DingTalk documents it.
    """

    def __init__(self, limit: int | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._served: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(self, client_id: str, api: str) -> bool:
        """Take a place if there is one."""
        if self._limit is None:
            return True
        now = self._clock()
        served = self._served[client_id, api]
        while served and served[0] <= now - WINDOW_S:
            served.popleft()
        if len(served) >= self._limit:
            return False
        served.append(now)
        return True


class MonthlyQuota:
    """The organisation's calls of this calendar month; `limit` None: any number."""

    def __init__(self, limit: int | None, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._month = ""
        self._used = 0

    @property
    def used(self) -> int:
        """Calls spent this month."""
        self._turn()
        return self._used

    def spend(self) -> bool:
        """Take one call if there is one left."""
        self._turn()
        if self.limit is not None and self._used >= self.limit:
            return False
        self._used += 1
        return True

    def _turn(self) -> None:
        month = datetime.fromtimestamp(self._clock(), _BEIJING).strftime("%Y-%m")
        if month != self._month:
            self._month, self._used = month, 0
