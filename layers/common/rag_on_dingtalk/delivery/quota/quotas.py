"""The calls of every app of a process, counted in Tablestore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
from rag_on_dingtalk.storage.shared.counters import CallCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Rows


def quotas_of(
    bots: Mapping[str, Bot], rows: Rows, *, me: str, clock: Callable[[], int], log: LogLine
) -> dict[str, DingTalkQuota]:
    """By Client ID: bots of one app share what it may spend.

    me: unique per process. clock: milliseconds since the epoch.
    """
    apps = {bot.dingtalk.client_id: bot.dingtalk for bot in bots.values()}
    return {
        client_id: DingTalkQuota(
            app.budget, CallCounter(rows, client_id, me=me, clock=clock), clock=clock, log=log
        )
        for client_id, app in apps.items()
    }
