"""The handlers of clicks and of the organisation's events, built from the store: a part of the container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.console_sessions import ConsoleSessions
from rag_on_dingtalk.storage.conversations.sessions import Sessions
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.storage.turns.feedback import Feedback
from rag_on_dingtalk.worker.handlers.access_request import AccessRequests
from rag_on_dingtalk.worker.handlers.card_action import CardActionHandler
from rag_on_dingtalk.worker.handlers.leaving import Leaving
from rag_on_dingtalk.worker.handlers.org_event import OrgEventHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.knowledge.answer_cache import AnswerCache
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.access.leavers import Leavers
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.journal import Journal
    from rag_on_dingtalk.worker.knowledge.desk import KnowledgeDesk
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard


def build_card_actions(  # noqa: PLR0913 - what each kind of click needs
    runtimes: BotRuntimes,
    rows: Rows,
    *,
    questions: QuestionHandler,
    turns: Turns,
    access: AccessControl,
    leavers: Leavers,
    journal: Journal,
    board: IncidentBoard,
    desk: KnowledgeDesk,
    cache: AnswerCache,
    log: LogLine,
) -> CardActionHandler:
    """What a click on a card does."""
    return CardActionHandler(
        questions=questions,
        bots=runtimes,
        turns=turns,
        feedback=Feedback(rows),
        requests=AccessRequests(
            questions=questions,
            bots=runtimes,
            turns=turns,
            access=access,
            leavers=leavers,
            once=Once(rows),
            log=log,
        ),
        journal=journal,
        board=board,
        desk=desk,
        cache=cache,
        log=log,
    )


def build_org_events(
    runtimes: BotRuntimes,
    rows: Rows,
    *,
    access: AccessControl,
    leavers: Leavers,
    console_bot: str,
    clock: Callable[[], int],
    log: LogLine,
) -> OrgEventHandler:
    """What an event of the organisation changes.

    console_bot: as for `build_dispatcher`.
    """
    return OrgEventHandler(
        bots=runtimes.settings,
        sessions=Sessions(rows),
        directory=StoredDirectory(rows),
        leaving=Leaving(
            leavers=leavers,
            grants=Grants(rows),
            console=ConsoleSessions(rows) if console_bot else None,
            console_bot=console_bot,
            acts=access.acts,
            log=log,
        ),
        once=Once(rows),
        clock=clock,
        log=log,
    )
