"""Stage: the same question was answered a moment ago, or is being answered: that answer is given.

The answers are shared by people with the same rights only, word for word; see `knowledge/cache_key.py`. It
runs before the question waits for its turn: an answer that is there waits for none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.canary.arms import Kept
from rag_on_dingtalk.errors import FailureKind, StateError, WaitsElsewhereError
from rag_on_dingtalk.knowledge.cache_key import cache_key, may_share
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.pipeline.asking.tiers import with_route
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.wording.refusal import has_buttons

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import Judged
    from rag_on_dingtalk.knowledge.answer_cache import Look
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.conversations.sessions import Session
    from rag_on_dingtalk.storage.knowledge.kept_answers import KeptAnswer

#: A question that waits for another's answer holds its invocation this long, and is then delivered again.
_HOLD_MS = 5_000
#: After this long it asks by itself, whatever becomes of the other.
_LONGEST_MS = 60_000
#: It follows no more than this many: a backend that fails for two is asked, and its failure told.
_MOST_FLIGHTS = 2
#: Between two looks at a flight of another instance, and at one of this process, whose end is told.
_LOOK_SECONDS, _LOOK_HERE_SECONDS = 1.0, 5.0
#: A decision on rights is this good for; who waited longer is decided on anew.
_GOOD_FOR_MS = 4_000
_MINUTE_MS = 60_000


async def answer_cache(context: TurnContext) -> Reply | None:
    """The answer that others had; None: the question has to be asked, and may have others wait for it.

    Raises:
        WaitsElsewhereError: the question was queued again and waits without this invocation.
    """
    if context.settings.answer_cache is None or context.record.blind or not may_share(context.question):
        return None
    try:
        session = await context.memory.unused(context.remembered_for)
        # What was said before is a part of a follow-up.
        return None if session is None else await _Search(context, session).run()
    except StateError as error:
        # An answer without the cache beats none.
        context.log("answers_not_read", level="WARNING", error=str(error))
        return None


class _Search:
    """One question's way to an answer that others have, or will have."""

    def __init__(self, context: TurnContext, session: Session) -> None:
        self._context = context
        self._session = session
        self._key = key_of(context, context.judged)
        self._began_ms = context.clock()
        self._followed: set[str] = set()

    async def run(self) -> Reply | None:
        context = self._context
        while True:
            question = context.question
            look = await context.cache.look(question.bot, self._key, turn_id=question.turn_id)
            if look.answer is not None:
                return await self._give(look.answer)
            if not look.leader:
                if await self._lead(look):
                    return None
                continue
            self._followed.add(look.leader)
            if not await self._may_follow():
                self._ask()
                return None
            if context.ticket.stopped.is_set():
                stopped = FailureKind.STOPPED
                return Reply(parts=(context.texts.failure(stopped),), failure=stopped)
            here = context.cache.is_here(look.leader)
            await context.cache.followed(look.leader, _LOOK_HERE_SECONDS if here else _LOOK_SECONDS)

    async def _lead(self, look: Look) -> bool:
        """Whether the question is asked now, with others waiting for it or without.

        Without, after two failures and where it waits for its turn: what comes before it becomes a part of
        its answer, and a flight that ends without an answer counts as a failure to those who follow.
        """
        context = self._context
        if len(self._followed) >= _MOST_FLIGHTS or not await context.ticket.has_its_turn():
            self._ask()
            return True
        context.flight = await context.cache.lead(
            self._key, look, turn_id=context.question.turn_id, owner=context.record.owner
        )
        if context.flight is None:
            return False
        context.fact(cache="miss", cached_as=self._key)
        return True

    async def _may_follow(self) -> bool:
        """Whether to wait on; no question of the conversation overtakes one that waits here.

        Raises:
            WaitsElsewhereError: it waits without this invocation.
        """
        context = self._context
        now_ms = context.clock()
        waited_ms = now_ms - context.question.asked_ms
        if (
            len(self._followed) > _MOST_FLIGHTS
            or waited_ms >= _LONGEST_MS
            or now_ms >= context.times.closing_ms
        ):
            return False
        await context.ticket.stand_in_line()
        if not await context.ticket.is_alone():
            # It follows up what is being answered to its asker.
            return False
        if now_ms - self._began_ms >= _HOLD_MS and await context.ticket.leave_for(_pause_after(waited_ms)):
            raise WaitsElsewhereError(f"The question {context.question.turn_id} waits for another's answer.")
        return True

    def _ask(self) -> None:
        self._context.fact(cache="miss")

    async def _give(self, answer: KeptAnswer) -> Reply | None:
        context = self._context
        if not (await context.ticket.is_alone() and await self._may_still()):
            self._ask()
            return None
        exchange = Exchange(context.question.text, answer.answer)
        remembers = not getattr(context.knowledge.settings, "history", 0)
        await context.memory.keep_given(with_route(context, self._session), exchange, remembers=remembers)
        how = "flight" if self._followed else "hit"
        context.fact(cache=how, cached_as=self._key, cached_from=answer.turn_id)
        return _reply(context, answer)

    async def _may_still(self) -> bool:
        """Whether the asker's rights are what they were when the wait began."""
        context, judged = self._context, self._context.judged
        if judged is None or context.clock() - judged.at_ms < _GOOD_FOR_MS:
            return True
        kept = Kept(judged.decision.arm, judged.decision.opened)
        judged = await context.access.judge(context.question, context.settings, context.bot.people, kept)
        if not judged.decision.allowed or key_of(context, judged) != self._key:
            return False
        context.judged = judged
        return True


def key_of(context: TurnContext, judged: Judged | None) -> str:
    """The key of the question's answer under a decision on rights."""
    question, settings = context.question, context.settings
    permitted = context.access.permitted(question.bot, settings, judged)
    return cache_key(
        question,
        route=settings.all_routes[0].name if judged is None else judged.decision.route,
        permitted=permitted,
        arm="" if judged is None else judged.decision.arm,
        version=_version_of(settings),
    )


def _version_of(settings: Bot) -> str:
    """Another one for every change of the bot's settings: of its documents, its rules, its manners."""
    return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()


def _reply(context: TurnContext, answer: KeptAnswer) -> Reply:
    minutes = (context.clock() - answer.made_ms) // _MINUTE_MS
    age = (
        context.texts.say("given_before", minutes=str(minutes))
        if minutes > 0
        else context.texts.say("given_now")
    )
    first, *more = answer.parts
    by_hand = f"{first}\n\n> {age}{context.texts.say('ask_anew')}"
    by_button = f"{first}\n\n> {age}{context.texts.say('ask_anew_by_button')}"
    return Reply(
        parts=(by_button if has_buttons(context) else by_hand, *more),
        without_card=by_hand,
        at_once=True,
        extras=("fresh",),
        answer=answer.answer,
        citations=answer.citations,
        files=answer.files,
        suggestions=answer.suggestions,
    )


def _pause_after(waited_ms: int) -> int:
    """How many seconds pass before the question is delivered again."""
    return min(max(waited_ms // 4_000, 2), 10)
