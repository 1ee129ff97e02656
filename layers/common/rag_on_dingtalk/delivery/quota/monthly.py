"""What one process may spend of an app's month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from rag_on_dingtalk.delivery.pacing import Level

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.sections.dingtalk import Budget


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What one process could do with calls to the API that it calls most.

    used: places of the last second; waiting: calls without one; sent: calls of this process so far.
    """

    used: int = 0
    waiting: int = 0
    sent: int = 0


class MonthlyQuota(Protocol):
    """The month of one app, as far as one process is concerned."""

    @property
    def name(self) -> str:
        """The month; calls taken in another one are no longer good."""
        ...

    @property
    def level(self) -> Level:
        """How much of the month is spent, as far as is known."""
        ...

    @property
    def share(self) -> int:
        """How many calls this process may send to each API within a second."""
        ...

    @property
    def prospect(self) -> int:
        """How many it would be if more calls waited, as far as can be told."""
        ...

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:
        """Take `calls` calls in order to send them; False: the month does not have them.

        ahead: how many more will soon be wanted.
        essential: also of those that are kept back.
        """
        ...

    def put_back(self, calls: int) -> None:
        """They were taken and not sent."""
        ...

    def hurry(self) -> None:
        """Calls wait for a place: see to it that this process gets its share."""
        ...

    async def give_back(self) -> None:
        """Give the rest to the other processes: nothing is being answered here any more."""
        ...


class UncountedMonth:
    """The month of an app without a monthly budget: Tablestore is never asked."""

    name = ""
    level = Level.AMPLE

    def __init__(self, settings: Budget) -> None:
        self.share = self.prospect = settings.calls_per_second

    async def take(self, calls: int, *, ahead: int = 0, essential: bool = False) -> bool:  # noqa: ARG002 - as in MonthlyQuota
        """Always."""
        return True

    def put_back(self, calls: int) -> None:
        """Nothing is counted."""

    def hurry(self) -> None:
        """What other processes send is not known."""

    async def give_back(self) -> None:
        """Nothing was reserved."""
