"""A question: claimed, answered through the pipeline, delivered, and recorded as done."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Literal

import anyio
import msgspec

from rag_on_dingtalk.delivery.fence import Fence
from rag_on_dingtalk.errors import ConfigurationError, LostClaimError, StateError, WaitsElsewhereError
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.log_fields import log_fields
from rag_on_dingtalk.pipeline import run_stages
from rag_on_dingtalk.pipeline.remember import event_of
from rag_on_dingtalk.resilience.beside import beside
from rag_on_dingtalk.storage.conversations.sessions import session_id_of
from rag_on_dingtalk.storage.turns.outcome import Outcome, Status, Timings
from rag_on_dingtalk.worker.handlers.turn_reply import close, give_up, hand_out, leave, log_answered, take
from rag_on_dingtalk.worker.one_at_a_time import OneAtATime
from rag_on_dingtalk.worker.turn_record import TurnRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.conversations.queue import ConversationQueues
    from rag_on_dingtalk.conversations.ticket import QueueTicket
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import BotRuntime, TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.claim import Claims, Grant
    from rag_on_dingtalk.worker.contexts import TurnContexts
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.journal import Journal

    Reach = Callable[[TurnContext], Awaitable[Reply]]

#: An invocation stops by itself this long before FC ends it.
_BEFORE_THE_END_MS = 1_000
#: After a renewal that Tablestore did not confirm.
_RENEW_AGAIN_SECONDS = 1.0
#: Finished turns that this process remembers, the newest ones.
_REMEMBERED = 1_000

Result = Literal["answered", "waiting", "duplicate", "no_such_bot"]


class QuestionHandler:
    """Answers questions, and gives up the ones that could not be answered."""

    def __init__(
        self,
        *,
        bots: BotRuntimes,
        turns: Turns,
        queues: ConversationQueues,
        claims: Claims,
        contexts: TurnContexts,
        journal: Journal,
        clock: Clock,
        log: LogLine,
    ) -> None:
        self._journal = journal
        self._bots = bots
        self._turns = turns
        self._queues = queues
        self._claims = claims
        self._contexts = contexts
        self._terms = claims.terms
        self._clock = clock
        self._log = log
        #: Turns whose reply this process has given, the newest last. None: that is recorded; an outcome: a
        #: later delivery is to record it.
        self._given: dict[str, Outcome | None] = {}
        self._deliveries = OneAtATime()

    async def answer(
        self,
        question: Question,
        invocation: Invocation,
        reach: Reach = run_stages,
        *,
        may_be_blind: bool = True,
    ) -> Result:
        """Answer the question, unless it is finished already.

        reach: what makes the reply.
        may_be_blind: False: never without a claim that Tablestore has confirmed.

        Raises:
            BotError: it is not finished; FC is to try again.
        """
        with log_fields(turn_id=question.turn_id, bot=question.bot):
            bot = self._bots.settings.get(question.bot)
            if bot is None:
                # It was taken out of bots.yaml while its question was queued: trying again will not help.
                self._log("no_such_bot", level="ERROR")
                return "no_such_bot"
            left_ms = invocation.deadline_ms - self._clock.now_ms() - _BEFORE_THE_END_MS
            async with self._deliveries.of(question.turn_id, seconds=left_ms / 1000):
                given = self._given.get(question.turn_id)
                if question.turn_id in self._given and given is None:
                    self._log("duplicate")
                    return "duplicate"
                session_id = session_id_of(question, shared=bot.session.group == "shared")
                may_be_blind = may_be_blind and given is None
                ended = await self._ended(question, invocation, session_id, reach, may_be_blind=may_be_blind)
            if isinstance(ended, QuestionEvent):
                # The reply is out and the conversation goes on.
                await self._journal.finished(ended)
                return "answered"
            return ended

    async def _ended(
        self,
        question: Question,
        invocation: Invocation,
        session_id: str,
        reach: Reach,
        *,
        may_be_blind: bool,
    ) -> Result | QuestionEvent:
        # Before the claim: an earlier question of this process is not overtaken by a faster claim.
        async with self._queues.ticket(session_id, question) as ticket:
            if question.waiting:
                question = msgspec.structs.replace(question, waiting=False)
                if await ticket.still_waits():
                    return "waiting"
            for number in count():
                grant = await self._claims.claim(
                    question,
                    invocation,
                    owner=f"{invocation.owner}/{number}",
                    may_be_blind=may_be_blind and number == 0,
                )
                if grant is None:
                    ticket.finished(by_another=True)
                    self._log("duplicate")
                    return "duplicate"
                try:
                    return await self._as_owner(question, invocation, grant, ticket, reach)
                except LostClaimError as error:
                    # Not acknowledged: the new owner may die as well.
                    self._log("claim_lost", level="WARNING", error=str(error))
        raise AssertionError("count() does not end")

    async def give_up(self, question: Question, invocation: Invocation) -> Result:
        """Tell the person that there will be no answer, or deliver the reply that was ready.

        Raises:
            BotError: not even that was possible; FC is to try again.
        """
        given_up = msgspec.structs.replace(question, waiting=False)
        return await self.answer(given_up, invocation, give_up, may_be_blind=False)

    async def stop(self, question: Question) -> bool:
        """Ask the running answer to this very question to stop; False when it is not being answered.

        Raises:
            StateError: Tablestore could not be asked.
        """
        bot = self._bots.settings.get(question.bot)
        if bot is None:
            return False
        session_id = session_id_of(question, shared=bot.session.group == "shared")
        return await self._queues.stop(session_id, turn_id=question.turn_id)

    async def _as_owner(
        self,
        question: Question,
        invocation: Invocation,
        grant: Grant,
        ticket: QueueTicket,
        reach: Reach,
    ) -> Result | QuestionEvent:
        fence = Fence(margin_ms=self._terms.margin_ms, clock=self._clock.now_ms)
        record = TurnRecord(
            self._turns,
            question,
            grant,
            fence=fence,
            terms=self._terms,
            invocation=invocation,
            clock=self._clock,
            log=self._log,
        )
        record.given(self._given.get(question.turn_id))
        record.note(
            timings=Timings(
                self._clock.now_ms() - invocation.started_ms, notified=record.outcome.timings.notified
            )
        )

        async def _work() -> None:
            bot = await self._bot(question, ticket)
            context = self._contexts.build(question, bot, invocation, record, ticket, fence)
            try:
                if not record.outcome.is_ready:
                    await take(context, record, await reach(context))
                await hand_out(context, record)
            except LostClaimError:
                # The new owner has a call of its own; what is noted here is written nowhere.
                raise
            except Exception:
                leave(context, record)
                raise
            finally:
                await close(context, record)

        async def _renew() -> None:
            await self._renew(record, ticket)

        left_ms = invocation.deadline_ms - self._clock.now_ms() - _BEFORE_THE_END_MS
        try:
            # FC may end the request and leave the process running: nothing goes on beyond the deadline.
            with anyio.fail_after(max(left_ms, 0) / 1000):
                async with beside(_renew):
                    await _work()
        except LostClaimError:
            raise
        except WaitsElsewhereError:
            record.note(status=Status.WAITING)
            await record.release()
            self._log("waits_elsewhere")
            return "waiting"
        except BaseException:
            with anyio.CancelScope(shield=True):
                await record.release()
            raise
        self._remember(question.turn_id, record.outcome)
        settings, attempt = self._bots.settings[question.bot], record.lease.attempt
        event = event_of(
            record.question, record.outcome, settings, attempt=attempt, started_ms=invocation.started_ms
        )
        recorded = await record.finish()
        if recorded:
            self._remember(question.turn_id, None)
            ticket.finished(by_another=attempt > 1)
        log_answered(event, record, self._log)
        return event if recorded else "answered"

    async def _bot(self, question: Question, ticket: QueueTicket) -> BotRuntime:
        try:
            return await self._bots.get(question.bot)
        except ConfigurationError:
            # FC tries again; when it has given up, housekeeping finds the question in the queue.
            await ticket.enter_without_waiting()
            await self._journal.not_built(question.bot)
            raise

    async def _renew(self, record: TurnRecord, ticket: QueueTicket) -> None:
        """Renew the lease and the queue entry for ever; ends by an exception or by being cancelled."""
        pause = self._terms.renew_every_ms / 1000
        while True:
            await self._clock.sleep(pause)
            pause = self._terms.renew_every_ms / 1000
            try:
                await record.renew()
                await ticket.renew()
            except StateError as error:
                self._log("not_renewed", level="WARNING", error=str(error))
                pause = min(pause, _RENEW_AGAIN_SECONDS)

    def _remember(self, turn_id: str, given: Outcome | None) -> None:
        self._given.pop(turn_id, None)
        self._given[turn_id] = given
        while len(self._given) > _REMEMBERED:
            self._given.pop(next(iter(self._given)))
