"""What serves the operators, built from the store: the container's second half."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.storage.journal.auditor import Auditor
from rag_on_dingtalk.storage.journal.incidents import Incidents
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.worker.knowledge.gap_cards import GapCards
from rag_on_dingtalk.worker.operating.audit_watches import BehaviourWatch, SettingsWatch
from rag_on_dingtalk.worker.operating.command_line_acts import CommandLineActs
from rag_on_dingtalk.worker.operating.daily_report import DailyReport
from rag_on_dingtalk.worker.operating.heartbeat import HeartbeatTask
from rag_on_dingtalk.worker.operating.incident_watches import CallsWatch, RatesWatch
from rag_on_dingtalk.worker.operating.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.knowledge.askers import ToldLater
    from rag_on_dingtalk.worker.knowledge.gap_desk import GapDesk
    from rag_on_dingtalk.worker.operating.canary_guard import CanaryGuard
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard


def build_auditor(rows: Rows, log: LogLine) -> Auditor:
    """Records acts in the table and in the log."""
    return Auditor(rows, Audit(rows), Once(rows), new_id=lambda: uuid.uuid4().hex, log=log)


def build_rounds(  # noqa: PLR0913 - what each of the tasks needs
    runtimes: BotRuntimes,
    rows: Rows,
    auditor: Auditor,
    board: IncidentBoard,
    guard: CanaryGuard,
    gaps: GapDesk,
    told_later: ToldLater,
    *,
    clock: Callable[[], int],
    log: LogLine,
) -> Rounds:
    """The tasks of housekeeping, the most important first."""
    tasks = (
        SettingsWatch(Audit(rows), auditor),
        CommandLineActs(Audit(rows), log),
        DailyReport(rows, runtimes, log),
        GapCards(gaps, Once(rows)),
        RatesWatch(Questions(rows), board),
        CallsWatch(rows, board),
        guard,
        HeartbeatTask(runtimes, board, Incidents(rows), Once(rows), log),
        BehaviourWatch(Questions(rows), auditor, Once(rows)),
    )
    return Rounds(runtimes.settings, tasks, (told_later,), clock=clock, log=log)
