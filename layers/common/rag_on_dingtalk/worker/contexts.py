"""Building what the stages of one question share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.limits.turn_limits import LimitStore, TurnLimits
from rag_on_dingtalk.conversations.session_memory import SessionMemory
from rag_on_dingtalk.delivery.answer_card import AnswerCard
from rag_on_dingtalk.delivery.reply_sender import ReplySender
from rag_on_dingtalk.pipeline.checks.masking import masked_question
from rag_on_dingtalk.pipeline.context import StageTimes, TurnContext
from rag_on_dingtalk.storage.access.leavers import departure_id
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.conversations.bursts import Bursts
    from rag_on_dingtalk.conversations.queue import ConversationQueues
    from rag_on_dingtalk.conversations.ticket import QueueTicket
    from rag_on_dingtalk.delivery.fence import Fence
    from rag_on_dingtalk.knowledge.answer_cache import AnswerCache
    from rag_on_dingtalk.knowledge.store import SkillStore
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import BotRuntime
    from rag_on_dingtalk.pipeline.wording.quoted_turn import QuotedTurns
    from rag_on_dingtalk.storage.conversations.sessions import Sessions
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.turn_record import TurnRecord

#: An invocation is over by then, whatever the clocks say.
_AFTER_THE_END_MS = 15_000


class TurnContexts:
    """Builds contexts for one process.

    watch_card: lets a question's card be looked for later.
    limits: where questions are counted; None: nowhere. skills: what skills keep; None: there are none.
    clock: milliseconds since the epoch.
    """

    def __init__(  # noqa: PLR0913 - one for each room of the library
        self,
        *,
        sessions: Sessions,
        queues: ConversationQueues,
        quoted: QuotedTurns,
        bursts: Bursts,
        access: AccessControl,
        cache: AnswerCache,
        watch_card: Callable[[Question], Awaitable[None]],
        limits: LimitStore | None = None,
        skills: SkillStore | None = None,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._sessions = sessions
        self._queues = queues
        self._quoted = quoted
        self._bursts = bursts
        self._limits = limits
        self._skills = skills
        self._access = access
        self._cache = cache
        self._watch_card = watch_card
        self._clock = clock
        self._log = log

    def build(
        self,
        question: Question,
        bot: BotRuntime,
        invocation: Invocation,
        record: TurnRecord,
        ticket: QueueTicket,
        fence: Fence,
    ) -> TurnContext:
        """The context of a question whose turn is this invocation's."""
        settings = bot.settings
        texts = Texts(settings.language, settings.texts)
        sender = ReplySender(
            bot.channels,
            # It shows the question on the card.
            masked_question(question, bot.safety) if bot.safety is not None else question,
            title=settings.title,
            mode=settings.streaming,
            fence=fence,
            log=self._log,
            set_aside_in=record.outcome.set_aside_in,
        )
        if record.outcome.private:
            sender.only_to_asker()
        # It is this invocation's now; the commit before the reply leaves makes that known.
        record.note(set_aside_in="")
        return TurnContext(
            question=question,
            bot=bot,
            texts=texts,
            record=record,
            ticket=ticket,
            queues=self._queues,
            quoted=self._quoted,
            bursts=self._bursts,
            memory=SessionMemory(
                self._sessions,
                ticket.session_id,
                departure=departure_id(scope_of(settings), question.sender.staff_id),
                idle_minutes=settings.session.idle_minutes,
                exchanges=max(getattr(one, "history", 0) for one in settings.all_backends.values()),
                clock=self._clock,
                log=self._log,
            ),
            card=AnswerCard(
                record,
                sender,
                summary=texts.say("looking"),
                pointer=texts.say("see_message"),
                crowded=texts.say("crowded"),
                remember=partial(self._quoted.remember, question),
                watch=partial(self._watch_card, question),
                log=self._log,
            ),
            sender=sender,
            access=self._access,
            cache=self._cache,
            times=StageTimes(
                invocation.started_ms, invocation.closing_ms, invocation.deadline_ms + _AFTER_THE_END_MS
            ),
            clock=self._clock,
            log=self._log,
            limits=self._limits_of(question, bot, record, texts),
            skills=self._skills,
            first=record.lease.attempt == 1 and invocation.retries == 0 and not record.blind,
        )

    def _limits_of(
        self, question: Question, bot: BotRuntime, record: TurnRecord, texts: Texts
    ) -> TurnLimits | None:
        if not bot.settings.limits or self._limits is None:
            return None
        again = record.lease.attempt > 1
        return TurnLimits(
            self._limits,
            bot.settings.limits,
            question,
            texts,
            again=again,
            away=record.blind,
        )
