"""What a click on a card does: stop, ask again, ask something suggested, 👍 and 👎.

Clicks are signed without their contents, so whatever they name is looked up, not believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.follow_up import follow_up, is_asker
from rag_on_dingtalk.errors import BackendError
from rag_on_dingtalk.state.feedback import Verdict
from rag_on_dingtalk.telemetry.lines import bound

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.answer import Answerer
    from rag_on_dingtalk.answering.parties import Invocation
    from rag_on_dingtalk.model import CardAction, Question
    from rag_on_dingtalk.state.feedback import Feedback
    from rag_on_dingtalk.state.turns import Record, Turns
    from rag_on_dingtalk.telemetry.lines import LogLine


class Clicks:
    """Carries clicks out."""

    def __init__(self, *, answerer: Answerer, turns: Turns, feedback: Feedback, log: LogLine) -> None:
        self._answerer = answerer
        self._turns = turns
        self._feedback = feedback
        self._log = log

    async def carry_out(self, action: CardAction, invocation: Invocation) -> str:
        """Do what was clicked; returns what came of it.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        log = bound(self._log, turn_id=action.turn_id, bot=action.bot, action=action.action)
        found = await self._turns.find(action.turn_id)
        if found is None or found[0].bot != action.bot or self._answerer.is_stranger(action):
            # Anybody who can sign may name any card; a card of somebody else's bot is none of ours.
            log("click_on_unknown_card", level="WARNING")
            return "unknown_card"
        question, record = found
        if action.action in ("like", "dislike"):
            return await self._rate(action, question, record, log)
        if action.action == "stop":
            stopped = is_asker(action, question) and await self._answerer.stop(question)
            return "stopped" if stopped else "nothing_to_stop"
        asked = follow_up(action, question, record)
        if asked is None:
            log("click_asks_nothing", level="WARNING")
            return "nothing_to_ask"
        log("asked_by_click", asked=asked.turn_id)
        return await self._answerer.answer(asked, invocation)

    async def give_up(self, action: CardAction, invocation: Invocation) -> str:
        """Tell the person that what was clicked got no answer; other clicks are simply lost.

        Raises:
            BotError: not even that was possible; FC is to try again.
        """
        found = await self._turns.find(action.turn_id)
        asked = follow_up(action, *found) if found is not None else None
        if asked is None:
            self._log("click_lost", level="ERROR", turn_id=action.turn_id, action=action.action)
            return "lost"
        return await self._answerer.give_up(asked, invocation)

    async def _rate(self, action: CardAction, question: Question, record: Record, log: LogLine) -> str:
        liked = action.action == "like"
        verdict = Verdict(
            turn_id=action.turn_id,
            user=action.user_id,
            bot=action.bot,
            liked=liked,
            reason=action.words,
            given_ms=action.clicked_ms,
        )
        if not await self._feedback.give(verdict):
            return "outdated"
        log("rated", liked=liked)
        if record.backend_message_id:
            try:
                await self._answerer.pass_on(question, record.backend_message_id, liked, action.words)
            except BackendError as error:
                # It is stored here; the backend's copy is a courtesy.
                log("verdict_not_passed_on", level="WARNING", error=str(error))
        return "rated"
