"""`sent_messages`: which turn a card or message of ours belongs to, by the key DingTalk gave it.

A reply to it carries that key (`originalProcessQueryKey`) and often nothing else of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.tables import SENT_MESSAGES

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows


class SentMessages:
    """Finds the turn of a message that was sent."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def remember(self, bot: str, message_key: str, turn_id: str) -> None:
        """Note what was sent for a turn; one write.

        message_key: `carrierId` of a card, `processQueryKey` of a message; nothing is noted for an empty one.

        Raises:
            StateError: Tablestore did not confirm it; a later reply to the message is then not understood.
        """
        if message_key:
            await self._rows.put(SENT_MESSAGES, _key(bot, message_key), {"bot": bot, "turn_id": turn_id})

    async def turn_of(self, bot: str, message_key: str) -> str:
        """The turn it was sent for; empty when it is not known.

        Raises:
            StateError: Tablestore could not be asked.
        """
        row = await self._rows.get(SENT_MESSAGES, _key(bot, message_key))
        return "" if row is None else str(row["turn_id"])


def _key(bot: str, message_key: str) -> str:
    # DingTalk's keys have any characters and no documented length.
    return hashlib.sha256(f"{bot}\n{message_key}".encode("utf-8", "replace")).hexdigest()[:32]
