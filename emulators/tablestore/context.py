"""What every operation works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.tablestore.errors import no_such_table
from emulators.tablestore.limits import check_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.tablestore.store.sqlite import Store
    from emulators.tablestore.store.table import Table


@dataclass(frozen=True)
class Context:
    """The instance an operation runs against.

    clock: seconds since 1970; data may live on a virtual one.
    conflicts: asked before each row is written; True refuses it as a conflicting write.
    """

    store: Store
    clock: Callable[[], float]
    conflicts: Callable[[], bool]

    def now_ms(self) -> int:
        """The version a cell written now gets."""
        return int(self.clock() * 1000)

    def table(self, name: object) -> Table:
        """The table a request names, or 404."""
        table = self.store.table(check_name(name, "table"))
        if table is None:
            raise no_such_table()
        return table
