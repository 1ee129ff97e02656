"""The worker's real collaborators, built from the environment in one place.

async_answer, failed_answer and housekeeping share it; each decides when to build, in which event loop, and
what to do with it.
"""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.access.acts import Acts
from rag_on_dingtalk.access.canary.states import ExperimentStates
from rag_on_dingtalk.access.control import AccessControl
from rag_on_dingtalk.access.limits.turn_limits import limit_store
from rag_on_dingtalk.access.profiles import Profiles
from rag_on_dingtalk.clock import REAL_CLOCK, now_ms
from rag_on_dingtalk.cloud.job_queue import job_queue_of
from rag_on_dingtalk.conversations.bursts import Bursts
from rag_on_dingtalk.conversations.queue import ConversationQueues
from rag_on_dingtalk.delivery.quota.quotas import quotas_of
from rag_on_dingtalk.knowledge.answer_cache import AnswerCache
from rag_on_dingtalk.knowledge.store import SkillStore
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.net.cookieless import shared_client
from rag_on_dingtalk.pipeline.wording.quoted_turn import QuotedTurns
from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.access.leavers import Leavers
from rag_on_dingtalk.storage.access.refusals import Refusals
from rag_on_dingtalk.storage.conversations.inbox import Inbox
from rag_on_dingtalk.storage.conversations.sessions import Sessions
from rag_on_dingtalk.storage.journal.incidents import Incidents
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.kept_answers import StoredAnswers
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.experiments import Experiments
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.storage.turns.sent_messages import SentMessages
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes, RuntimeBuilder
from rag_on_dingtalk.worker.claim import Claims
from rag_on_dingtalk.worker.contexts import TurnContexts
from rag_on_dingtalk.worker.dispatcher import Dispatcher
from rag_on_dingtalk.worker.hand_over import QueueHandOver
from rag_on_dingtalk.worker.handlers.admin_notice import AdminNoticeHandler
from rag_on_dingtalk.worker.handlers.building import build_card_actions, build_org_events
from rag_on_dingtalk.worker.handlers.cleanup import CleanupHandler
from rag_on_dingtalk.worker.handlers.failed_job import FailedJobHandler
from rag_on_dingtalk.worker.handlers.late_card import LateCards
from rag_on_dingtalk.worker.handlers.question import QuestionHandler
from rag_on_dingtalk.worker.invocation import LeaseTerms, lease_ms
from rag_on_dingtalk.worker.journal import Journal
from rag_on_dingtalk.worker.knowledge.building import build_desk
from rag_on_dingtalk.worker.operating.admin_notifier import AdminNotifier
from rag_on_dingtalk.worker.operating.building import build_auditor, build_rounds
from rag_on_dingtalk.worker.operating.canary_guard import CanaryGuard
from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from rag_on_dingtalk.access.limits.meters import Chains
    from rag_on_dingtalk.access.limits.turn_limits import DepartmentsOf
    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.cloud.job_queue import Put
    from rag_on_dingtalk.conversations.queue import HandOver
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.worker.evaluating.handler import EvaluationHandler

#: Many answers share an instance and none may wait for a connection; without a number aiohttp stops at 100.
DINGTALK_LIMITS = httpx.Limits(max_connections=1000)


@asynccontextmanager
async def open_worker(
    bots: Mapping[str, Bot], environ: Mapping[str, str], log: LogLine, *, console_bot: str = ""
) -> AsyncIterator[Dispatcher]:
    """The dispatcher for the running event loop; a bot is built when its first job comes.

    console_bot: as for `build_dispatcher`.
    """
    rows = Rows(
        endpoint=environ["TABLESTORE_ENDPOINT"],
        instance=environ["TABLESTORE_INSTANCE"],
        region=environ.get("FC_REGION", ""),
        credentials=lambda: _credentials(environ),
    )
    try:
        async with AsyncExitStack() as opened:
            http = await opened.enter_async_context(shared_client(limits=DINGTALK_LIMITS, trust=trust()))
            me = uuid.uuid4().hex
            queue = job_queue_of(bots, environ)
            builder = RuntimeBuilder(
                environ,
                http=http,
                rows=rows,
                quotas=quotas_of(bots, rows, me=me, clock=now_ms, log=log),
                opened=opened,
                clock=now_ms,
                log=log,
            )
            yield build_dispatcher(
                BotRuntimes(bots, builder.build, log),
                rows,
                terms=LeaseTerms(lease_ms(environ, log)),
                me=me,
                log=log,
                hand_over=None if queue is None else QueueHandOver(queue, Turns(rows), log),
                queue=None if queue is None else queue.put,
                console_bot=console_bot,
            )
    finally:
        await rows.close()


def build_dispatcher(  # noqa: PLR0913 - everything that the functions share
    runtimes: BotRuntimes,
    rows: Rows,
    *,
    terms: LeaseTerms,
    me: str,
    log: LogLine,
    hand_over: HandOver | None = None,
    queue: Put | None = None,
    clock: Clock = REAL_CLOCK,
    departments_of: DepartmentsOf | None = None,
    console_bot: str = "",
) -> Dispatcher:
    """Everything behind the dispatcher, over the given bots and store.

    me: unique per process. hand_over: None: waiting questions hold their invocations.
    queue: takes jobs of the worker's own; None: it cannot be reached.
    console_bot: whose app signs people in to the console; empty: there is none.
    departments_of: the asker's, for limits on departments; None: as DingTalk's directory has them.
    """
    turns, sessions, inbox, once = Turns(rows), Sessions(rows), Inbox(rows), Once(rows)
    directory, grants, leavers = StoredDirectory(rows), Grants(rows), Leavers(rows)
    auditor = build_auditor(rows, log)
    states = ExperimentStates(Experiments(rows), clock=clock.now_ms, log=log)
    access = AccessControl(
        profiles=Profiles(directory, clock=clock.now_ms, log=log),
        grants=grants,
        refusals=Refusals(rows),
        acts=Acts(auditor, clock=clock.now_ms),
        experiments=states,
        clock=clock.now_ms,
        log=log,
    )

    cache = AnswerCache(StoredAnswers(rows), turns, grace_ms=terms.grace_ms, clock=clock.now_ms, log=log)

    async def _departments_of(question: Question) -> Chains | None:
        bot = await runtimes.get(question.bot)
        return await access.departments_of(question, bot.settings, bot.people)

    queues = ConversationQueues(
        inbox, clock=clock.now_ms, lease_ms=terms.lease_ms, hand_over=hand_over, log=log
    )
    board = IncidentBoard(Incidents(rows, sleep=clock.sleep), runtimes, auditor, clock=clock.now_ms, log=log)
    guard = CanaryGuard(states, runtimes.settings, board, auditor, once, clock=clock.now_ms, log=log)
    journal = Journal(Questions(rows), board, auditor, guard, log)
    skills = SkillStore(rows, clock=clock.now_ms, log=log)
    late_cards = LateCards(runtimes, turns, queue=queue, clock=clock, log=log)
    questions = QuestionHandler(
        journal=journal,
        bots=runtimes,
        turns=turns,
        queues=queues,
        claims=Claims(turns, terms, clock, log),
        contexts=TurnContexts(
            sessions=sessions,
            queues=queues,
            quoted=QuotedTurns(SentMessages(rows), turns, log),
            bursts=Bursts(turns, inbox, clock=clock.now_ms, log=log),
            limits=limit_store(
                rows, departments_of=departments_of or _departments_of, clock=clock.now_ms, log=log
            ),
            skills=skills,
            access=access,
            cache=cache,
            watch_card=late_cards.watch,
            clock=clock.now_ms,
            log=log,
        ),
        clock=clock,
        log=log,
    )
    desk, gaps, told_later = build_desk(
        runtimes,
        rows,
        questions=questions,
        turns=turns,
        access=access,
        auditor=auditor,
        skills=skills,
        log=log,
    )
    notifier = AdminNotifier(bots=runtimes, once=once, me=me, board=board, log=log)
    card_actions = build_card_actions(
        runtimes,
        rows,
        questions=questions,
        turns=turns,
        access=access,
        leavers=leavers,
        journal=journal,
        board=board,
        desk=desk,
        cache=cache,
        log=log,
    )

    def _evaluations() -> EvaluationHandler:
        from rag_on_dingtalk.worker.evaluating.handler import EvaluationHandler  # a rare job

        return EvaluationHandler(runtimes, rows, terms=terms, queue=queue, clock=clock, log=log)

    return Dispatcher(
        desk=desk,
        evaluations=_evaluations,
        questions=questions,
        card_actions=card_actions,
        org_events=build_org_events(
            runtimes,
            rows,
            access=access,
            leavers=leavers,
            console_bot=console_bot,
            clock=clock.now_ms,
            log=log,
        ),
        admin_notices=AdminNoticeHandler(notifier),
        late_cards=late_cards,
        failed_jobs=FailedJobHandler(
            questions=questions,
            card_actions=card_actions,
            late_cards=late_cards,
            evaluations=_evaluations,
            log=log,
        ),
        cleanup=CleanupHandler(
            questions=questions,
            inbox=inbox,
            turns=turns,
            patience_ms=terms.retries_ms,
            clock=clock.now_ms,
            log=log,
        ),
        notifier=notifier,
        rounds=build_rounds(
            runtimes, rows, auditor, board, guard, gaps, told_later, clock=clock.now_ms, log=log
        ),
    )


def _credentials(environ: Mapping[str, str]) -> tuple[str, str, str]:
    # Read for every request: FC may renew a role's credentials while the instance lives.
    return (
        environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
    )
