"""Experts, drafts and gaps, built from the store: a part of the container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.knowledge.curated.curating import Curating
from rag_on_dingtalk.knowledge.gap_book import GapBook
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.worker.knowledge.askers import Askers, ToldLater
from rag_on_dingtalk.worker.knowledge.desk import KnowledgeDesk
from rag_on_dingtalk.worker.knowledge.drafts import Drafts
from rag_on_dingtalk.worker.knowledge.experts import Experts
from rag_on_dingtalk.worker.knowledge.gap_desk import GapDesk
from rag_on_dingtalk.worker.knowledge.messages import Post

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.knowledge.store import SkillStore
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.journal.auditor import Auditor
    from rag_on_dingtalk.storage.rows.client import Rows
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler


def build_desk(
    runtimes: BotRuntimes,
    rows: Rows,
    *,
    questions: QuestionHandler,
    turns: Turns,
    access: AccessControl,
    auditor: Auditor,
    skills: SkillStore,
    log: LogLine,
) -> tuple[KnowledgeDesk, GapDesk, ToldLater]:
    """The desk, and the parts of it that housekeeping shows gaps and tells askers with."""
    curated, asked, post = CuratedRows(rows), Questions(rows), Post(questions, runtimes, access)
    book = GapBook(curated, asked, auditor.record)
    askers = Askers(bots=runtimes, turns=turns, access=access, post=post)
    curating = Curating(curated, auditor.record)
    drafts = Drafts(
        curating=curating,
        gaps=book,
        bots=runtimes,
        askers=askers,
        access=access,
        living=skills.living,
        post=post,
    )
    gaps = GapDesk(bots=runtimes, book=book, access=access, post=post, log=log)
    experts = Experts(
        bots=runtimes,
        turns=turns,
        access=access,
        questions=asked,
        once=Once(rows),
        drafts=drafts,
        post=post,
        log=log,
    )
    desk = KnowledgeDesk(
        bots=runtimes, turns=turns, access=access, experts=experts, drafts=drafts, gaps=gaps, book=book
    )
    return desk, gaps, ToldLater(curated, curating, askers, log)
