"""A notice from the callback that administrators must know of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import Notice
    from rag_on_dingtalk.worker.operating.admin_notifier import AdminNotifier


class AdminNoticeHandler:
    """Passes notices on, each once a day."""

    def __init__(self, notifier: AdminNotifier) -> None:
        self._notifier = notifier

    async def handle(self, notice: Notice) -> str:
        """Tell the bot's administrators; returns what came of it.

        Raises:
            BotError: no administrator could be told; FC is to try again.
        """
        return await self._notifier.tell_of(notice)
