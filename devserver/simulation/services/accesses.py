"""What the books keep of every question's row: who asked Tablestore what, and who owned the row when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from devserver.simulation.world import Work


@dataclass(eq=False)
class Access:
    """One call about one question's row, for the books.

    sent: when the caller made it. applied: when the service carried it out; None: it has not.
    took: a write whose condition held, or a read that found a row.
    heard: when the caller had the service's answer; None: it never had.
    """

    turn_id: str
    work: Work | None
    write: bool
    sent: float
    applied: float | None = None
    took: bool = False
    heard: float | None = None


class Ownership(NamedTuple):
    """From when on a row names this owner; empty: there is no row."""

    at: float
    owner: str
