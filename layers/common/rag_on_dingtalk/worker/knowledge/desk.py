"""What people write and tap to close a gap, told apart from questions before these go through the stages.

`/answer ID words`, or a reply that quotes a request, is an expert's or a curator's answer. `/expert words`
asks the experts at once. `/gaps` shows the gaps in the operators' group.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.curated.curating import By
from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.pipeline import run_stages
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.access import access
from rag_on_dingtalk.pipeline.stages.commands.command_word import first_word
from rag_on_dingtalk.pipeline.stages.limits import limits
from rag_on_dingtalk.pipeline.stages.safety_in import safety_in
from rag_on_dingtalk.worker.follow_up import is_asker
from rag_on_dingtalk.worker.knowledge.messages import ANSWERED_BY_QUOTING, STAGE
from rag_on_dingtalk.worker.knowledge.offering import experts_of

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.knowledge.gap_book import GapBook
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.question import Reach
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.drafts import Drafts
    from rag_on_dingtalk.worker.knowledge.experts import Experts
    from rag_on_dingtalk.worker.knowledge.gap_desk import GapDesk

ANSWER, EXPERT, GAPS = ("/answer", "/回答"), ("/expert", "/专家"), ("/gaps", "/缺口")
_KNOWN = frozenset((*ANSWER, *EXPERT, *GAPS))
_TO_EXPERT = ("转给专家", "Ask an expert")
#: Cards that one command may send.
_MOST_CARDS = 3
_ID = re.compile(r"\S+")


class KnowledgeDesk:
    """Hands what belongs here to experts, drafts and gaps."""

    def __init__(
        self,
        *,
        bots: BotRuntimes,
        turns: Turns,
        access: AccessControl,
        experts: Experts,
        drafts: Drafts,
        gaps: GapDesk,
        book: GapBook,
    ) -> None:
        self._book = book
        self._bots = bots
        self._turns = turns
        self._access = access
        self._experts = experts
        self._drafts = drafts
        self._gaps = gaps

    def reach(self, question: Question, invocation: Invocation) -> Reach:
        """What makes the reply to a message: the stages, unless it may belong here."""
        bot = self._bots.settings.get(question.bot)
        if bot is None or not (bot.experts or bot.skills.curated):
            return run_stages
        return partial(self._reply, invocation=invocation)

    async def _reply(self, context: TurnContext, *, invocation: Invocation) -> Reply:
        reply = await self._own_reply(context, invocation)
        if reply is None:
            return await run_stages(context)
        context.fact(stage=STAGE)
        return reply

    async def _own_reply(self, context: TurnContext, invocation: Invocation) -> Reply | None:
        question = context.question
        word = first_word(question.text, _KNOWN)
        if word in EXPERT:
            return await self._ask_experts(context, invocation)
        if word in GAPS:
            return await self._show_gaps(context)
        request, words = await self._request(context, word)
        if request is None:
            return _said(context, "desk_no_request") if word in ANSWER else None
        if not words.strip():
            return _said(context, "desk_no_words", id=request.question.turn_id)
        try:
            sentence, values = await self._written(context, request, words, invocation)
        except ConfigurationError as error:
            return _said(context, "draft_refused", why=str(error))
        return _said(context, sentence, **values)

    async def _request(self, context: TurnContext, word: str) -> tuple[TurnRow | None, str]:
        """The request that the message answers, and the answer's words."""
        question = context.question
        me, behind = question.sender.staff_id, question.text
        found: TurnRow | None = None
        if word in ANSWER:
            _, _, behind = question.text.strip().partition(" ")
            id_ = _ID.match(behind.lstrip())
            named = id_[0] if id_ else ""
            behind = behind.lstrip()[len(named) :]
            found = await self._turns.read(named) if is_turn_id(named) else None
        elif question.reply_to is not None and me:
            found = await context.quoted.message_to(question)
        if (
            found is None
            or not me
            or found.question.bot != question.bot
            or found.question.sender.staff_id != me
            or found.question.message_type not in ANSWERED_BY_QUOTING
        ):
            return None, ""
        return found, behind.strip()

    async def _written(
        self, context: TurnContext, request: TurnRow, words: str, invocation: Invocation
    ) -> tuple[str, dict[str, str]]:
        asked, mine = request.question, context.question
        by = By(mine.sender.staff_id, mine.asked_ms)
        if asked.message_type == "expert_request":
            return await self._experts.answered(context, request, words, invocation)
        if asked.message_type == "draft_review":
            if not await self._may_write(context):
                return "desk_not_yours", {}
            await self._drafts.again(asked, words, by, invocation)
            return "draft_written", {}
        gap = await self._book.gap(mine.bot, asked.text)
        if gap is None:
            return "expert_too_late", {}
        # Experts write what they are asked to; what lives is the curators' to decide.
        expert = mine.sender.staff_id in experts_of(context.settings, gap.route)
        if not expert and not await self._may_write(context):
            return "desk_not_yours", {}
        curators = await self._drafts.write(
            mine.bot,
            f"gap-{gap.id}",
            words,
            by,
            invocation,
            questions=gap.wordings,
            route=gap.route,
            gap=gap.id,
            turns=gap.turns,
        )
        return ("draft_written" if curators else "draft_no_curator"), {}

    async def _may_write(self, context: TurnContext) -> bool:
        question = context.question
        return await self._access.acts.allowed(
            "manage_skills",
            "answer.curated",
            name=question.bot,
            bot=context.settings,
            who=question.sender.staff_id,
        )

    async def _ask_experts(self, context: TurnContext, invocation: Invocation) -> Reply:
        _, _, words = context.question.text.strip().partition(" ")
        if not words.strip():
            return _said(context, "expert_no_words")
        context.question = msgspec.structs.replace(context.question, text=words.strip())
        # What is passed on is allowed, counted and looked through like any question.
        for stage in (access, limits, safety_in):
            if (reply := await stage(context)) is not None:
                return reply
        context.record.ask(context.question)
        judged = context.judged
        route = "" if judged is None else judged.decision.route
        at_ms = context.question.asked_ms
        sentence = await self._experts.pass_on(context.question, route, "", invocation, at_ms=at_ms)
        if sentence == "expert_asked":
            context.fact(expert="asked")
        return _said(context, sentence)

    async def _show_gaps(self, context: TurnContext) -> Reply:
        if not await self._may_write(context):
            return _said(context, "desk_not_yours")
        bot, now_ms = context.question.bot, context.question.asked_ms
        shown = await self._gaps.show(bot, now_ms, most=_MOST_CARDS, again=True)
        return _said(context, "gaps_shown" if shown else "gaps_none", count=str(shown))

    async def clicked(self, action: CardAction, row: TurnRow | None, invocation: Invocation) -> str:
        """A tap that belongs here; empty: it does not.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        if action.action != "ask":
            return ""
        if row is None:
            return await self._gaps.clicked(action, invocation)
        question = row.question
        if question.message_type == "draft_review":
            # Only the curator to whom the card was sent has it.
            mine = question.sender.staff_id == action.user_id
            return await self._drafts.clicked(action, question, invocation) if mine else "not_a_curator"
        if action.words in _TO_EXPERT and action.words in row.outcome.suggestions:
            if not is_asker(action, question) or not question.sender.staff_id:
                return "not_the_asker"
            outcome = row.outcome
            answer = "" if outcome.nothing_found else outcome.answer
            sentence = await self._experts.pass_on(
                question, outcome.route, answer, invocation, at_ms=action.clicked_ms
            )
            await self._experts.tell_asker(question, sentence, invocation, at_ms=action.clicked_ms)
            return sentence
        return ""


def _said(context: TurnContext, sentence: str, **values: str) -> Reply:
    said = context.texts.say(sentence, **values)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)
