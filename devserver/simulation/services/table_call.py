"""One call to the simulated Tablestore, from the instance to the service and back.

It reaches the service after a while, is carried out there at one moment, and its answer comes back after
another while; each way can fail. The retries that the SDK makes by itself are part of one call's fate here:
an error is what the library's client would raise after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.simulation.world import WORLD, here
from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from devserver.simulation.plan.weather import Fate
    from devserver.simulation.services.accesses import Access
    from devserver.simulation.services.tablestore import Tables
    from rag_on_dingtalk.storage.rows.client import Value

#: How long the client waits before it calls a lost answer an error: a dropped connection shows at once, a
#: silent one after its timeout.
_LOST_SECONDS = ((0.01, 0.2), (2.0, 6.0))


class TableCall:
    """One call."""

    def __init__(
        self,
        tables: Tables,
        table: str,
        key: tuple[Value, ...],
        access: Access,
        carry_out: Callable[[], Any],
    ) -> None:
        self._tables = tables
        self._world = tables.world
        self._table = table
        self._key = key
        self._access = access
        self._carry_out = carry_out
        self._process, _ = here()
        self._answer: asyncio.Future[Any] = self._world.loop.create_future()

    def begin(self, operation: str, fate: Fate) -> asyncio.Future[Any]:
        """Send it on its way; the future holds the answer, or the error that stands for it."""
        self._back = fate.back if fate.kind == "ok" else -1.0
        if fate.kind in ("ok", "lost_after", "late"):
            self._world.later(fate.there, self._arrive)
        if fate.kind == "ok":
            return self._answer
        what = f"{operation} {self._table}"
        self._world.note(f"tablestore.{fate.kind}", self._access.turn_id, what, process=self._process)
        if fate.kind == "refused":
            busy = StateError("OTSServerBusy", "the simulated service is busy")
            self._world.later(fate.there + fate.back, self._resolve, None, busy)
        else:
            dropped = "the simulated connection was dropped"
            lost = StateError("unreachable", dropped, ambiguous=self._access.write)
            waited = self._world.uniform(*_LOST_SECONDS[self._world.random.random() < 0.5])
            there = 0.0 if fate.kind == "late" else fate.there
            self._world.later(there + waited, self._resolve, None, lost)
        return self._answer

    def _arrive(self) -> None:
        access, result = self._access, self._carry_out()
        access.applied, access.took = self._world.loop.time(), result is not None and result is not False
        if access.write and access.took:
            self._tables.applied(self._table, self._key, access.work)
        if self._back >= 0:
            self._world.later(self._back, self._resolve, result, None)

    def _resolve(self, result: Any, error: StateError | None) -> None:
        if self._answer.done():
            return
        process = self._process
        if process is not None and process.frozen:
            self._world.loop.call_at(process.thaws_at, self._resolve, result, error, context=WORLD)
        elif error is None:
            self._access.heard = self._world.loop.time()
            self._answer.set_result(result)
        else:
            self._answer.set_exception(error)
