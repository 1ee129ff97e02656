"""Where each person is in a skill that asks back: rows of `sessions`, one a person and conversation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.storage.access.leavers import departure_id, read_remembered
from rag_on_dingtalk.storage.rows.conditions import missing_or_equal
from rag_on_dingtalk.storage.tables import SESSIONS

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.storage.rows.client import Columns, Rows


class FlowKey(msgspec.Struct, frozen=True):
    """Which row it is, and which one says when its person left the organisation (empty: none is known)."""

    id: str
    departure: str = ""


def flow_key_of(question: Question, scope: str) -> FlowKey:
    """One for each person in a conversation, also where the group shares its session.

    scope: whose directory the person is in.
    """
    parts = msgspec.json.encode((question.bot, question.conversation.id, question.sender.key))
    flow_id = "f" + hashlib.sha256(parts).hexdigest()[:31]
    return FlowKey(flow_id, departure_id(scope, question.sender.staff_id))


class FlowRows:
    """Loads and replaces them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def load(self, key: FlowKey, *, now_ms: int) -> tuple[str, int]:
        """The flow as it was saved, empty without one, and its version for `save`.

        One from before the person left is none.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row, left_ms = await read_remembered(self._rows, key.id, key.departure)
        if row is None:
            return "", 0
        left = left_ms and int(row.get("last_used", 0)) <= left_ms
        over = int(row["exp"]) <= now_ms or left
        return ("" if over else str(row["flow"])), int(row["ver"])

    async def save(self, key: FlowKey, flow: str, *, version: int, now_ms: int, until_ms: int) -> bool:
        """Replace it; False when another message of the person was quicker.

        Raises:
            StateError: Tablestore did not confirm it.
        """
        columns: Columns = {"flow": flow, "ver": version + 1, "exp": until_ms, "last_used": now_ms}
        return await self._rows.put(SESSIONS, key.id, columns, missing_or_equal("ver", version))
