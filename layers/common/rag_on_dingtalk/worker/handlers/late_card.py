"""A card that DingTalk creates after its question was answered by message: looked for later, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.cards.ai_card import NOT_THERE
from rag_on_dingtalk.errors import DingTalkError, QueueError, StateError
from rag_on_dingtalk.models.jobs import LateCard
from rag_on_dingtalk.resilience.retry import retry, step
from rag_on_dingtalk.storage.turns.outcome import CardState
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from rag_on_dingtalk.clock import Clock
    from rag_on_dingtalk.cloud.job_queue import Put
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation

#: A call that was given up after 8 s has arrived by then, or never will.
_LATER_SECONDS = 60
#: Between two looks at a turn's row while Tablestore is away, in seconds; the last one repeats.
_PAUSES = (0.5, 2.0, 5.0, 10.0)
#: For a turn to be finished, 7.5 s: when Tablestore is back, its owner tries to record that once a second.
_MOST_LOOKS = 4
#: The last look is this long before the invocation's end.
_BEFORE_THE_END_MS = 30_000


class LateCards:
    """Cards that may come, or have come, after their question was answered by message.

    Their creation was given up, or they are those of a second delivery that died.

    queue: None: it cannot be reached, and such a card is not looked for.
    """

    def __init__(
        self, bots: BotRuntimes, turns: Turns, *, queue: Put | None, clock: Clock, log: LogLine
    ) -> None:
        self._bots = bots
        self._clock = clock
        self._turns = turns
        self._queue = queue
        self._log = log

    async def watch(self, question: Question) -> None:
        """Let the card of this question be looked for in a minute. Never raises."""
        if self._queue is None:
            return
        try:
            await self._queue(LateCard(question.bot, question.turn_id), _LATER_SECONDS)
        except QueueError as error:
            self._log("card_not_watched", level="WARNING", turn_id=question.turn_id, error=str(error))

    async def handle(self, job: LateCard, invocation: Invocation) -> str:
        """Close the card with a pointer to the message, should it be there by now; returns what came of it.

        Only of a turn that is finished, and not on a card: whatever the card shows, the person has the
        answer. Of any other turn the owner looks after the card. While Tablestore is away it waits, and a
        little longer for an owner that could not record the end of the turn meanwhile.

        Raises:
            BotError: DingTalk or Tablestore is away, or the bot cannot be built; FC is to try again.
        """
        if job.bot not in self._bots.settings:
            return "no_such_bot"
        row = await self._finished(job.turn_id, invocation.deadline_ms - _BEFORE_THE_END_MS)
        if row is None or row.outcome.card is CardState.DELIVERED:
            return "left_alone"
        bot = await self._bots.get(job.bot)
        channels, settings = bot.channels, bot.settings
        if channels.cards is None:
            return "no_cards"
        reservation = channels.quota.reservation()
        try:
            pointer = Texts(settings.language, settings.texts).say("see_message")
            await channels.cards.charged_to(reservation).close(job.turn_id, pointer)
        except DingTalkError as error:
            if error.code in NOT_THERE:
                return "none"
            if error.retryable:
                raise
            self._log(
                "unknown_card_not_closed",
                level="WARNING",
                turn_id=job.turn_id,
                code=error.code,
                error=str(error),
            )
            return "not_closed"
        finally:
            await reservation.aclose()
        self._log("late_card_closed", turn_id=job.turn_id)
        return "closed"

    async def _finished(self, turn_id: str, until_ms: int) -> TurnRow | None:
        """The turn's row once it says that the turn is finished; None: it does not say so in time."""

        def _pause(_error: StateError, failed: int) -> float | None:
            return step(failed, _PAUSES) if self._clock.now_ms() < until_ms else None

        for looks in range(1, _MOST_LOOKS + 1):
            row = await retry(
                lambda: self._turns.read(turn_id), on=StateError, pause=_pause, sleep=self._clock.sleep
            )
            if row is not None and row.lease.finished:
                return row
            if looks < _MOST_LOOKS:
                await self._clock.sleep(step(looks, _PAUSES))
        return None
