"""One question's way through async_answer: claimed once, answered once, released if that failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.answering.claim import claim_turn
from rag_on_dingtalk.answering.lease import hold_while
from rag_on_dingtalk.answering.turn import Invocation, Memory, Servant, Turn
from rag_on_dingtalk.errors import LostClaimError, StateError
from rag_on_dingtalk.telemetry.lines import bound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.state.turns import Record
    from rag_on_dingtalk.telemetry.lines import LogLine

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
        self._clock = clock
        self._log = log
        self._sleep = sleep

    async def answer(self, question: Question, invocation: Invocation) -> Outcome:
        """Answer, unless another invocation has.

        Raises:
            BotError: nobody could be told anything; FC is to try again.
        """
        log = bound(self._log, turn_id=question.turn_id, bot=question.bot)
        servant = self._servants.get(question.bot)
        if servant is None:
            # The bot was taken out of bots.yaml while its question was queued: trying again will not help.
            log("no_such_bot", level="ERROR")
            return "no_such_bot"
        record = await claim_turn(
            self._memory.turns,
            question,
            owner=invocation.owner,
            lease_seconds=self._lease_seconds,
            deadline_ms=invocation.deadline_ms,
            clock=self._clock,
            sleep=self._sleep,
        )
        if record is None:
            log("duplicate")
            return "duplicate"
        turn = Turn(question, servant, invocation, self._memory, record, clock=self._clock, log=log)
        try:
            await hold_while(
                turn.run(),
                lambda: turn.renew(self._lease_seconds),
                every=self._lease_seconds / 3,
                sleep=self._sleep,
            )
        except LostClaimError as error:
            log("claim_lost", level="WARNING", error=str(error))
            return "duplicate"
        except BaseException:
            await self._release(question, turn.record, log)
            raise
        return "answered"

    async def _release(self, question: Question, record: Record, log: LogLine) -> None:
        try:
            await self._memory.turns.release(question, record)
        except (StateError, LostClaimError) as error:
            log("not_released", level="ERROR", error=str(error))
