"""How a bot's experiments stand, as every instance sees it within seconds. No method but `fresh` raises.

One request in `FRESH_MS` and instance, however many questions there are: a decision is seen by all after that
time at the latest. While Tablestore is away what was known last holds; where nothing was, stable answers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.experiments import State
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments

FRESH_MS = 20_000
#: After a read that failed.
_AGAIN_MS = 5_000


class ExperimentStates:
    """The experiments of every bot of this process.

    clock: milliseconds since the epoch.
    """

    def __init__(self, store: Experiments, *, clock: Callable[[], int], log: LogLine) -> None:
        self.store = store
        self._clock = clock
        self._log = log
        self._known: dict[str, dict[str, ExperimentRow]] = {}
        self._look_again_ms: dict[str, int] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def of(self, bot: str) -> dict[str, State] | None:
        """How each stands; None: not known."""
        # One read for all the questions that wait for it.
        async with self._reading.setdefault(bot, asyncio.Lock()):
            if self._clock() >= self._look_again_ms.get(bot, 0):
                try:
                    await self.fresh(bot)
                except StateError as error:
                    self._look_again_ms[bot] = self._clock() + _AGAIN_MS
                    self._log("experiments_not_read", level="WARNING", bot=bot, error=str(error))
        known = self._known.get(bot)
        return None if known is None else {name: row.status.state for name, row in known.items()}

    async def fresh(self, bot: str) -> dict[str, ExperimentRow]:
        """Everything about them, as it is now.

        Raises:
            StateError: Tablestore could not be asked.
        """
        found = await self.store.of(bot)
        self._known[bot] = found
        self._look_again_ms[bot] = self._clock() + FRESH_MS
        return found
