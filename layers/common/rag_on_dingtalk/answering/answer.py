"""One question's way through async_answer: claimed once, answered once, released if that failed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.answering.claim import claim_turn, lease_end
from rag_on_dingtalk.answering.lease import hold_while
from rag_on_dingtalk.answering.line import Lines
from rag_on_dingtalk.answering.turn import Turn
from rag_on_dingtalk.errors import BotError, LostClaimError, StateError
from rag_on_dingtalk.state.sessions import session_id_of
from rag_on_dingtalk.state.turns import Record
from rag_on_dingtalk.telemetry.lines import bound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from rag_on_dingtalk.answering.parties import Invocation, Memory, Servant
    from rag_on_dingtalk.model import CardAction, Question
    from rag_on_dingtalk.telemetry.lines import LogLine

#: An invocation stops by itself that long before FC ends it.
_BEFORE_THE_END_MS = 1_000
#: Turns answered while Tablestore was away, of which this instance remembers the newest.
_REMEMBERED = 1_000

Outcome = Literal["answered", "duplicate", "no_such_bot"]


class Answerer:
    """Answers questions; everything it talks to is given in.

    servants: by bot name.
    lease_seconds: how long a dead invocation keeps a question from the next; renewed three times as often.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        servants: Mapping[str, Servant],
        memory: Memory,
        lease_seconds: float,
        clock: Callable[[], int],
        log: LogLine,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._servants = servants
        self._memory = memory
        self._lease_seconds = lease_seconds
        self._lines = Lines(memory.inbox, clock=clock, lease_seconds=lease_seconds, log=log)
        self._unclaimed: dict[str, None] = {}
        self._clock = clock
        self._log = log
        self._sleep = sleep

    async def answer(self, question: Question, invocation: Invocation) -> Outcome:
        """Answer, unless another invocation has.

        Raises:
            BotError: nobody could be told anything; FC is to try again.
        """
        return await self._with_turn(question, invocation, Turn.run)

    async def give_up(self, question: Question, invocation: Invocation) -> Outcome:
        """Tell the person that FC has stopped trying; or hand over a reply that was ready.

        Raises:
            BotError: not even that was possible; FC is to try again.
        """
        return await self._with_turn(question, invocation, Turn.give_up)

    async def stop(self, question: Question) -> bool:
        """Ask the running answer to this very question to stop; False when it is not being answered.

        Raises:
            StateError: Tablestore could not be asked.
        """
        servant = self._servants.get(question.bot)
        return servant is not None and await self._lines.stop(
            _session_id(question, servant), turn_id=question.turn_id
        )

    async def pass_on(self, question: Question, message_id: str, liked: bool, reason: str) -> None:  # noqa: FBT001 - a verdict has no better name
        """Tell the backend what somebody thought of its answer.

        Raises:
            BackendError: it could not be told.
        """
        servant = self._servants.get(question.bot)
        if servant is not None:
            user = _session_id(question, servant)
            await servant.backend.rate(message_id, liked=liked, reason=reason, user=user)

    def is_stranger(self, action: CardAction) -> bool:
        """Whether a click comes from another organisation than the bot's."""
        servant = self._servants.get(action.bot)
        corp_id = "" if servant is None else servant.bot.dingtalk.corp_id
        return bool(corp_id and action.corp_id and corp_id != action.corp_id)

    async def tidy(self, invocation: Invocation) -> int:
        """Give up the questions whose owners died and never came back; returns how many were told.

        Raises:
            StateError: Tablestore could not be asked; there is always a next time.
        """
        told = 0
        # FC's own retries come within that time; two answers at once would be worse than a late one.
        patience_ms = int(self._lease_seconds * 2000)
        for session_id, place in await self._memory.inbox.abandoned(self._clock() - patience_ms):
            try:
                found = await self._memory.turns.find(place.turn_id)
                if found is not None and not found[1].finished:
                    question, record = found
                    if record.lease_until >= self._clock():
                        continue  # Somebody came back for it.
                    told += await self.give_up(question, invocation) == "answered"
                await self._memory.inbox.leave(session_id, place)
            except BotError as error:
                # Somebody who cannot be reached must not keep the others from being told.
                self._log("not_told", level="ERROR", turn_id=place.turn_id, error=str(error))
        return told

    async def _with_turn(
        self,
        question: Question,
        invocation: Invocation,
        work: Callable[[Turn], Coroutine[None, None, None]],
    ) -> Outcome:
        log = bound(self._log, turn_id=question.turn_id, bot=question.bot)
        servant = self._servants.get(question.bot)
        if servant is None:
            # The bot was taken out of bots.yaml while its question was queued: trying again will not help.
            log("no_such_bot", level="ERROR")
            return "no_such_bot"
        session_id = _session_id(question, servant)
        # Before the claim: who arrived earlier in this process is not overtaken by a faster claim.
        async with self._lines.standing(session_id, question) as standing:
            record = await self._claim(question, invocation, log)
            if record is None:
                log("duplicate")
                return "duplicate"
            turn = Turn(
                question, servant, invocation, self._memory, record, standing, clock=self._clock, log=log
            )
            async with aclosing(turn):
                return await self._hold(turn, work, question, log)

    async def _hold(
        self,
        turn: Turn,
        work: Callable[[Turn], Coroutine[None, None, None]],
        question: Question,
        log: LogLine,
    ) -> Outcome:
        try:
            # FC may end the request and leave the process running: nothing goes on beyond the lease.
            await asyncio.wait_for(
                hold_while(
                    work(turn),
                    lambda: turn.renew(self._lease_seconds),
                    every=self._lease_seconds / 3,
                    sleep=self._sleep,
                ),
                max(turn.deadline_ms - self._clock() - _BEFORE_THE_END_MS, 0) / 1000,
            )
        except LostClaimError as error:
            log("claim_lost", level="WARNING", error=str(error))
            return "duplicate"
        except BaseException:
            self._unclaimed.pop(question.turn_id, None)
            await self._release(question, turn.progress.record, log)
            raise
        return "answered"

    async def _claim(self, question: Question, invocation: Invocation, log: LogLine) -> Record | None:
        try:
            return await self._claim_in_tablestore(question, invocation)
        except StateError as error:
            # An answer without memory is better than none; at least this instance gives no second one.
            log("claimed_without_tablestore", level="ERROR", error=str(error))
        if question.turn_id in self._unclaimed:
            return None
        self._unclaimed[question.turn_id] = None
        while len(self._unclaimed) > _REMEMBERED:
            self._unclaimed.pop(next(iter(self._unclaimed)))
        # Once Tablestore is back the record is written, and a retry waits for the end of its lease.
        return Record(
            owner=invocation.owner,
            lease_until=lease_end(self._clock(), self._lease_seconds, invocation.deadline_ms),
        )

    async def _claim_in_tablestore(self, question: Question, invocation: Invocation) -> Record | None:
        return await claim_turn(
            self._memory.turns,
            question,
            owner=invocation.owner,
            lease_seconds=self._lease_seconds,
            deadline_ms=invocation.deadline_ms,
            clock=self._clock,
            sleep=self._sleep,
        )

    async def _release(self, question: Question, record: Record, log: LogLine) -> None:
        try:
            await self._memory.turns.release(question, record)
        except (StateError, LostClaimError) as error:
            log("not_released", level="ERROR", error=str(error))


def _session_id(question: Question, servant: Servant) -> str:
    return session_id_of(question, shared=servant.bot.session.group == "shared")
