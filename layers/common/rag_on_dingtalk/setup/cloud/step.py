"""What every step in the cloud has in common. Pure but for the steps themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

State = Literal["there", "missing", "differs"]


class Look(msgspec.Struct, frozen=True):
    """What a step found.

    state: `differs`: it is there, and not as setup would make it.
    sentence: what is there, or what is different, without a full stop.
    repairable: `make` changes the difference.
    """

    state: State
    sentence: str = ""
    repairable: bool = False


class Step(Protocol):
    """One thing that is made once and looked at every time.

    subject: how it is called in lines. needs: the subject that must be there first; empty: none.
    """

    @property
    def subject(self) -> str:
        """Its name in lines."""
        ...

    @property
    def needs(self) -> str:
        """What must be there first."""
        ...

    async def look(self) -> Look:
        """See what is there; changes nothing. Raises BotError."""
        ...

    async def make(self) -> None:
        """Make it, or make it as it should be; one that appeared meanwhile is well. Raises BotError."""
        ...

    def commands(self) -> Sequence[str]:
        """What to type to do the same by hand."""
        ...
