"""The answers that this process has given or read last: their words, not their right to be given.

Whether one may be given is asked of Tablestore each time, by its mark alone.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.storage.knowledge.kept_answers import KeptAnswer

_MOST = 200
_LIFE_MS = 60_000


class RecentAnswers:
    """At most 200 answers, for a minute each.

    clock: milliseconds since the epoch.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, KeptAnswer, int]] = OrderedDict()

    def put(self, key: str, mark: str, answer: KeptAnswer) -> None:
        """Keep an answer under the mark of its row."""
        self._kept[key] = (mark, answer, self._clock() + _LIFE_MS)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def knows(self, key: str) -> bool:
        """Whether the row's mark alone would do."""
        kept = self._kept.get(key)
        return kept is not None and self._clock() < kept[2]

    def get(self, key: str, mark: str) -> KeptAnswer | None:
        """The answer of that mark, if it is here."""
        if not self.knows(key) or self._kept[key][0] != mark:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][1]

    def __len__(self) -> int:
        return len(self._kept)
