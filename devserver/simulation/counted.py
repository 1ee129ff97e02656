"""The counts that operators read, against the questions that are finished. Pure.

Counted twice: `stats` or `questions` has more than were finished. Not counted: fewer, though nothing was
wrong with any service, instance or clock; a process that is killed in between may leave a question out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devserver.simulation.services.tablestore import Tables

Miscounted = tuple[Literal["counted twice", "not counted"], str, str]


def miscounted(asked: Sequence[str], tables: Tables, *, disturbed: bool) -> Iterator[Miscounted]:
    """What is wrong, the question it is told of, and the numbers.

    asked: the questions. disturbed: something was wrong with a service or an instance.
    """
    rows = {turn_id: tables.turn(turn_id) for turn_id in asked}
    finished = [turn_id for turn_id, row in rows.items() if row is not None and tables.row_state(row)[1]]
    counted = sum(int(hour.get("asked", 0)) for hour in tables.rows.get("stats", {}).values())
    told = [str(key[2]) for key in tables.rows.get("questions", {})]
    numbers = f"{counted} counted and {len(told)} rows of {len(finished)} finished"
    if max(counted, len(told)) > len(finished):
        yield "counted twice", asked[0], numbers
    elif not disturbed and min(counted, len(told)) < len(finished):
        yield "not counted", next((one for one in finished if one not in told), asked[0]), numbers
