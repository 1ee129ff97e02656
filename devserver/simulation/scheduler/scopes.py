"""anyio's cancel scopes, cancelled in the order in which they were entered.

A scope holds the scopes inside it in a set, and a set hands objects out by their addresses: what a process
had in memory before would decide which of two tasks is cancelled first. Importing this changes that for the
whole process; a scope does nothing else with the set.
"""

from __future__ import annotations

from typing import Any

from anyio._backends._asyncio import CancelScope


class Ordered(dict[Any, None]):
    """What a cancel scope uses of a set, in the order of insertion."""

    def add(self, one: object) -> None:
        """Add it, if it is not there."""
        self.setdefault(one)

    def remove(self, one: object) -> None:
        """Take it out.

        Raises:
            KeyError: it is not there.
        """
        del self[one]

    def discard(self, one: object) -> None:
        """Take it out, if it is there."""
        self.pop(one, None)


_real = CancelScope.__init__


def _init(self: CancelScope, *args: Any, **kwargs: Any) -> None:
    _real(self, *args, **kwargs)
    self._child_scopes = Ordered()  # type: ignore[assignment]


CancelScope.__init__ = _init  # type: ignore[method-assign]
