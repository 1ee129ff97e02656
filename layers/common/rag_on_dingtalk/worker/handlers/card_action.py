"""What a click on a card does: stop, ask again, ask something suggested, 👍 and 👎, and requests for access.

Clicks are signed without their contents, so whatever they name is looked up, not believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import BackendError, ConfigurationError
from rag_on_dingtalk.observability.log_fields import log_fields
from rag_on_dingtalk.storage.conversations.sessions import session_id_of
from rag_on_dingtalk.storage.turns.feedback import Verdict
from rag_on_dingtalk.worker.follow_up import follow_up, is_asker
from rag_on_dingtalk.worker.handlers.access_request import OF_ACCESS

if TYPE_CHECKING:
    from rag_on_dingtalk.knowledge.answer_cache import AnswerCache
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.feedback import Feedback
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.access_request import AccessRequests
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.journal import Journal
    from rag_on_dingtalk.worker.knowledge.desk import KnowledgeDesk
    from rag_on_dingtalk.worker.operating.incident_board import IncidentBoard


class CardActionHandler:
    """Does what was clicked."""

    def __init__(  # noqa: PLR0913 - one for each thing that may have to be done
        self,
        *,
        questions: QuestionHandler,
        bots: BotRuntimes,
        turns: Turns,
        feedback: Feedback,
        requests: AccessRequests,
        journal: Journal,
        board: IncidentBoard,
        desk: KnowledgeDesk,
        cache: AnswerCache,
        log: LogLine,
    ) -> None:
        self._desk = desk
        self._questions = questions
        self._bots = bots
        self._turns = turns
        self._feedback = feedback
        self._requests = requests
        self._journal = journal
        self._board = board
        self._cache = cache
        self._log = log

    async def handle(self, action: CardAction, invocation: Invocation) -> str:
        """Do what was clicked; returns what came of it.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        with log_fields(turn_id=action.turn_id, bot=action.bot, action=action.action):
            return await self._carry_out(action, invocation)

    async def _carry_out(  # noqa: PLR0911 - one end a kind of click
        self, action: CardAction, invocation: Invocation
    ) -> str:
        row = await self._turns.read(action.turn_id)
        # A card that tells operators of an incident belongs to no question.
        operates = row is None and action.action == "ask" and not self._is_stranger(action)
        if operates and (done := await self._board.clicked(action)):
            return done
        if operates and (done := await self._desk.clicked(action, None, invocation)):
            return done
        if row is None or row.question.bot != action.bot or self._is_stranger(action):
            # A signed click may name any card; the card of another bot is not this bot's to act on.
            self._log("click_on_unknown_card", level="WARNING")
            return "unknown_card"
        question = row.question
        if action.action in ("like", "dislike"):
            return await self._rate(action, row)
        if action.action == "stop":
            stopped = is_asker(action, question) and await self._questions.stop(question)
            return "stopped" if stopped else "nothing_to_stop"
        if action.action in OF_ACCESS:
            return await self._requests.handle(action, row, invocation)
        if done := await self._desk.clicked(action, row, invocation):
            return done
        asked = follow_up(action, row)
        if asked is None:
            self._log("click_asks_nothing", level="WARNING")
            return "nothing_to_ask"
        self._log("asked_by_click", asked=asked.turn_id)
        await self._learn(action, row)
        return await self._questions.answer(asked, invocation)

    async def _learn(self, action: CardAction, row: TurnRow) -> None:
        """What a click that asks says of the answer there was."""
        if action.action == "retry":
            # Who asks anew takes the answer for an old one; the next to ask the same gets a new one, too.
            await self._drop(row)
        elif action.action == "deeper":
            await self._journal.wanted_deeper(row.question)

    async def give_up(self, action: CardAction, invocation: Invocation) -> str:
        """Tell the person that what was clicked got no answer; other clicks are simply lost.

        Raises:
            BotError: not even that was possible; FC is to try again.
        """
        row = await self._turns.read(action.turn_id)
        if row is not None and action.action in OF_ACCESS:
            return await self._requests.give_up(action, invocation)
        asked = follow_up(action, row) if row is not None else None
        if asked is None:
            self._log("click_lost", level="ERROR", turn_id=action.turn_id, action=action.action)
            return "lost"
        return await self._questions.give_up(asked, invocation)

    def _is_stranger(self, action: CardAction) -> bool:
        """Whether the click comes from another organisation than the bot's."""
        bot = self._bots.settings.get(action.bot)
        corp_id = "" if bot is None else bot.dingtalk.corp_id
        return bool(corp_id and action.corp_id and corp_id != action.corp_id)

    async def _rate(self, action: CardAction, row: TurnRow) -> str:
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
        if not liked:
            # Before it is counted: if this fails, the click comes again.
            await self._drop(row)
        self._log("rated", liked=liked)
        decided = row.outcome.decided
        await self._journal.rated(action, row.question, arm="" if decided is None else decided.arm)
        if row.outcome.backend_message_id:
            await self._tell_backend(action, row)
        return "rated"

    async def _drop(self, row: TurnRow) -> None:
        """Give the turn's answer to others no more."""
        facts = row.outcome.facts
        if key := str(facts.get("cached_as", "")):
            await self._cache.drop(key, str(facts.get("cached_from", "") or row.question.turn_id))

    async def _tell_backend(self, action: CardAction, row: TurnRow) -> None:
        question = row.question
        try:
            bot = await self._bots.get(action.bot)
            routes = {route.name: route.use for route in bot.settings.all_routes}
            await bot.knowledge(routes.get(row.outcome.route, "")).backend.rate(
                row.outcome.backend_message_id,
                liked=action.action == "like",
                reason=action.words,
                user=session_id_of(question, shared=bot.settings.session.group == "shared"),
            )
        except (BackendError, ConfigurationError) as error:
            # It is stored here; the backend's copy is a courtesy.
            self._log("verdict_not_passed_on", level="WARNING", error=str(error))
