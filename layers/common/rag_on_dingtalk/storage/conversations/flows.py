"""Where each person is in a skill that asks back: rows of `sessions`, one a person and conversation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import SESSIONS

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.storage.rows.client import Rows


def flow_id_of(question: Question) -> str:
    """One for each person in a conversation, also where the group shares its session."""
    parts = msgspec.json.encode((question.bot, question.conversation.id, question.sender.key))
    return "f" + hashlib.sha256(parts).hexdigest()[:31]


class FlowRows:
    """Loads and replaces them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def load(self, flow_id: str, *, now_ms: int) -> tuple[str, int]:
        """The flow as it was saved, empty without one, and its version for `save`.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(SESSIONS, flow_id)
        if row is None:
            return "", 0
        return (str(row["flow"]) if int(row["exp"]) > now_ms else ""), int(row["ver"])

    async def save(self, flow_id: str, flow: str, *, version: int, until_ms: int) -> bool:
        """Replace it; False when another message of the person was quicker.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        columns: dict[str, str | int | float | bool] = {"flow": flow, "ver": version + 1, "exp": until_ms}
        return await self._rows.put(SESSIONS, flow_id, columns, missing_or_equal("ver", version))
