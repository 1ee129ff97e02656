"""The run of golden questions that is under way, in the table `curated`: one row a bot, changed by its owner.

The next run replaces the row, so that it needs no clearing away; a run that has ended is kept by
`storage/knowledge/evaluations.py`.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.rows.conditions import both, missing_or_equal, there_and_equal
from rag_on_dingtalk.storage.tables import CURATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.storage.rows.client import Columns, Rows


class EvaluationWorkRows:
    """Reads and writes the row; the columns are the caller's."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def some(self, bot: str, columns: Sequence[str]) -> Columns:
        """These columns; none where there was no run yet.

        Raises:
            StateError: Tablestore could not be asked; so with every method here.
        """
        return await self._rows.get_columns(CURATED, _key(bot), columns)

    async def all(self, bot: str) -> Columns:
        """Every column: what was judged, too."""
        return await self._rows.get(CURATED, _key(bot)) or {}

    async def begin(self, bot: str, columns: Columns, *, instead_of: Mapping[str, str | int]) -> bool:
        """Replace the row by a new run; False when it has changed meanwhile.

        instead_of: columns that the row must still have; none: it must hold no run.
        """
        condition = _same(instead_of) if instead_of else missing_or_equal("run", "")
        return await self._rows.put(CURATED, _key(bot), columns, condition)

    async def change(self, bot: str, columns: Columns, *, same: Mapping[str, str | int]) -> bool:
        """Change some columns; False when the row has not the columns of `same` any more."""
        return await self._rows.update(CURATED, _key(bot), put=columns, condition=_same(same))


def _same(columns: Mapping[str, str | int]) -> object:
    conditions = [there_and_equal(name, value) for name, value in sorted(columns.items())]
    return reduce(both, conditions)


def _key(bot: str) -> tuple[str, str, int]:
    return (f"{bot}/evaluation-work", "-", 0)
