"""The expert in the loop: a person without an answer passes the question on, an expert's words come back.

Every expert of the route gets the question. The first answer is the answer, whatever comes after it, from the
same expert or another one, is an addition. An answer that comes after the question has been forgotten (30
days), and one of a person who is no expert any more, is delivered to no one, and its writer is told.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.curated.curating import By
from rag_on_dingtalk.knowledge.skills.flow import FlowReply
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.skill_steps.answers import replied
from rag_on_dingtalk.worker.knowledge.messages import message_to
from rag_on_dingtalk.worker.knowledge.offering import experts_of

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.drafts import Drafts
    from rag_on_dingtalk.worker.knowledge.messages import Post

#: Who is asked at once.
_MOST_EXPERTS = 5
_QUOTED = 1_000
_TRIGGER = 100


class Experts:
    """Passes questions on, and answers back."""

    def __init__(
        self,
        *,
        bots: BotRuntimes,
        turns: Turns,
        access: AccessControl,
        questions: Questions,
        once: Once,
        drafts: Drafts,
        post: Post,
        log: LogLine,
    ) -> None:
        self._bots = bots
        self._turns = turns
        self._access = access
        self._questions = questions
        self._once = once
        self._drafts = drafts
        self._post = post
        self._log = log

    async def pass_on(
        self, question: Question, route: str, answer: str, invocation: Invocation, *, at_ms: int
    ) -> str:
        """Ask every expert of the route; returns the name of the sentence for the asker.

        answer: what the bot said; empty: nothing. at_ms: when the asker wanted it.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        settings, asked = self._bots.settings[question.bot], 0
        for expert in experts_of(settings, route)[:_MOST_EXPERTS]:
            if expert == question.sender.staff_id:
                # No one answers their own question.
                continue
            message = message_to(
                expert,
                bot=question.bot,
                kind="expert_request",
                about=question.turn_id,
                at_ms=at_ms,
                text=question.text[:_QUOTED],
                repeats=question.turn_id,
                corp_id=question.sender.corp_id,
            )
            reach = partial(_request, asked=question, answer=answer[:_QUOTED])
            asked += await self._post.send(message, invocation, reach)
        self._log("passed_on", level="INFO" if asked else "WARNING", experts=asked, route=route)
        if not asked:
            return "expert_none"
        await self._access.acts.done(
            "question.passed_on", name=question.bot, who=question.sender.key, what=question.turn_id
        )
        await self._note(question, "asked")
        return "expert_asked"

    async def tell_asker(
        self, question: Question, sentence: str, invocation: Invocation, *, at_ms: int
    ) -> None:
        """What came of the asker's tap, in private.

        Raises:
            BotError: it could not be sent now; FC is to try again.
        """
        user, bot = question.sender.staff_id, question.bot
        await self._post.note(
            user, invocation, bot=bot, about=question.turn_id, at_ms=at_ms, sentence=sentence
        )

    async def answered(
        self, context: TurnContext, request: TurnRow, words: str, invocation: Invocation
    ) -> tuple[str, dict[str, str]]:
        """An expert's words: to the asker, and to the curators; returns what the expert is told.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        mine = context.question
        asker = await self._turns.read(request.question.repeats)
        if asker is None:
            return "expert_too_late", {}
        settings, route = context.settings, asker.outcome.route
        if mine.sender.staff_id not in experts_of(settings, route):
            return "expert_no_more", {}
        first = await self._once.first(
            f"expert:{mine.bot}", asker.question.turn_id, by=f"{mine.sender.staff_id}:{mine.turn_id}"
        )
        message = message_to(
            asker.question.sender.staff_id,
            bot=mine.bot,
            kind="desk_note",
            about=f"expert {asker.question.turn_id} {mine.turn_id}",
            at_ms=mine.asked_ms,
            text=asker.question.text,
            repeats=asker.question.turn_id,
        )
        values = {
            "by": mine.sender.nick or mine.sender.staff_id,
            "question": " ".join(asker.question.text.split())[:_TRIGGER],
            "day": day_of(asker.question.asked_ms),
            "answer": words,
        }
        sentence = "expert_answer" if first else "expert_answer_more"
        if not await self._post.send(message, invocation, partial(_answer, sentence=sentence, values=values)):
            return "expert_asker_gone", {}
        await self._access.acts.done(
            "expert.answered", name=mine.bot, who=mine.sender.staff_id, what=asker.question.turn_id
        )
        await self._note(asker.question, "answered")
        try:
            curators = await self._drafts.write(
                mine.bot,
                f"expert-{asker.question.turn_id[1:9]}",
                words,
                By(mine.sender.staff_id, mine.asked_ms),
                invocation,
                questions=(" ".join(asker.question.text.split())[:_TRIGGER],),
                route=route,
            )
        except ConfigurationError as error:
            # It has reached its asker; it is only no answer for others.
            self._log("draft_refused", level="WARNING", error=str(error))
            curators = 0
        return ("expert_delivered_review" if curators else "expert_delivered"), {}

    async def _note(self, question: Question, state: str) -> None:
        event = QuestionEvent(turn_id=question.turn_id, bot=question.bot, asked_ms=question.asked_ms)
        await self._questions.passed_on(event, state)


async def _request(context: TurnContext, *, asked: Question, answer: str) -> Reply:
    texts = context.texts
    quote = asked.reply_to
    lines = [
        texts.say(
            "expert_request",
            nick=asked.sender.nick or asked.sender.staff_id,
            title=context.settings.title,
            question=" ".join(asked.text.split())[:_QUOTED],
        ),
        texts.say("expert_context", text=" ".join(quote.text.split())[:_QUOTED])
        if quote and quote.text
        else "",
        texts.say("expert_bot_said", text=" ".join(answer.split())[:_QUOTED]) if answer else "",
        texts.say("expert_how", id=context.question.turn_id),
    ]
    said = "\n\n".join(filter(None, lines))
    return Reply(parts=(said,), on_card=False, answer=said)


async def _answer(context: TurnContext, *, sentence: str, values: dict[str, str]) -> Reply:
    """Looked through like a backend's answer: an expert, too, may write a word that is not to be shown."""
    said = FlowReply(text=context.texts.say(sentence, **values), kind="answer")
    return await replied(context, said)
