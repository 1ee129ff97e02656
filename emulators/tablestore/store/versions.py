"""The cells of one row: which versions exist, which are still alive, which a reader asked for.

A cell is (column, version in milliseconds) → value. Expiry belongs to the version, not to the row: a
version is unreadable as soon as its timestamp plus the table's time to live has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from emulators.tablestore.wire.plainbuffer import Cell
from emulators.tablestore.wire.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection

#: column → {version_ms: value}, versions newest first.
Columns: TypeAlias = dict[str, dict[int, Value]]

NEVER = -1


@dataclass(frozen=True)
class Retention:
    """What a table keeps: `time_to_live` in seconds (-1: for ever) and how many versions a column."""

    time_to_live: int
    max_versions: int

    def is_alive(self, version_ms: int, now_ms: int) -> bool:
        """Whether a version can still be read."""
        return self.time_to_live == NEVER or version_ms + self.time_to_live * 1000 > now_ms

    def keep(self, columns: Columns, now_ms: int) -> Columns:
        """The versions still readable at `now_ms`, newest first; columns without any are gone."""
        kept: Columns = {}
        for name, versions in columns.items():
            if len(versions) == 1:
                if self.is_alive(next(iter(versions)), now_ms):
                    kept[name] = versions
                continue
            alive = sorted((v for v in versions if self.is_alive(v, now_ms)), reverse=True)
            if alive:
                kept[name] = {version: versions[version] for version in alive[: self.max_versions]}
        return kept


@dataclass(frozen=True)
class Selection:
    """What a read asks for.

    names: the columns wanted; None means all.
    first_ms, end_ms: versions from the first up to, not including, the end.
    max_versions: how many of them a column; None means as many as there are.
    """

    names: Collection[str] | None = None
    first_ms: int | None = None
    end_ms: int | None = None
    max_versions: int | None = None

    def pick(self, columns: Columns) -> Columns:
        """The part of `columns` that was asked for."""
        all_wanted = self.names is None and self.first_ms is None and self.end_ms is None
        if all_wanted and all(len(versions) == 1 for versions in columns.values()):
            return columns
        picked: Columns = {}
        for name, versions in columns.items():
            if self.names is not None and name not in self.names:
                continue
            wanted = [v for v in versions if self._in_time_range(v)][: self.max_versions]
            if wanted:
                picked[name] = {version: versions[version] for version in wanted}
        return picked

    def _in_time_range(self, version_ms: int) -> bool:
        after_first = self.first_ms is None or version_ms >= self.first_ms
        return after_first and (self.end_ms is None or version_ms < self.end_ms)


def to_cells(columns: Columns) -> tuple[Cell, ...]:
    """Cells in the order the service answers with: columns by name, versions newest first."""
    return tuple(
        Cell(name, versions[version], timestamp=version)
        for name, versions in sorted(columns.items())
        for version in sorted(versions, reverse=True)
    )
