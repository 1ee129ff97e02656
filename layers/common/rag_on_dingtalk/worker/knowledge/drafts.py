"""An answer that a person has written: a draft, shown to the curators, published with one tap."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.curated.curating import By, plain_answer
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.worker.knowledge.messages import message_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.knowledge.curated.curating import Curating
    from rag_on_dingtalk.knowledge.curated.entry import Version
    from rag_on_dingtalk.knowledge.curated.living import LivingAnswers
    from rag_on_dingtalk.knowledge.gap_book import GapBook
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.askers import Askers
    from rag_on_dingtalk.worker.knowledge.messages import Post

#: Of a question, on a card.
_QUOTED = 300


def curators_of(bot: Bot) -> tuple[str, ...]:
    """Who reviews what others have written: the curators, or the owners where there is none."""
    return bot.roles.curator or bot.roles.owner


class Drafts:
    """Writes drafts and publishes them."""

    def __init__(
        self,
        *,
        curating: Curating,
        gaps: GapBook,
        bots: BotRuntimes,
        askers: Askers,
        access: AccessControl,
        living: LivingAnswers,
        post: Post,
    ) -> None:
        self._living = living
        self._curating = curating
        self._gaps = gaps
        self._bots = bots
        self._askers = askers
        self._access = access
        self._post = post

    async def write(  # noqa: PLR0913 - what is written, by whom, for whom
        self,
        bot: str,
        id_: str,
        answer: str,
        by: By,
        invocation: Invocation,
        *,
        questions: Sequence[str],
        route: str,
        gap: str = "",
        turns: Sequence[str] = (),
    ) -> int:
        """Make a draft and show it to the curators; returns how many of these there are.

        Raises:
            ConfigurationError: it cannot be used; says why.
            BotError: it could not be done now.
        """
        settings = self._bots.settings[bot]
        if not settings.skills.curated:
            return 0
        skill = plain_answer(id_, answer, questions=questions, route=route, owner=by.who, settings=settings)
        names = [one.name for one in settings.all_routes]
        number = await self._curating.draft(bot, skill, by, routes=names, gap=gap, turns=turns)
        curators = curators_of(settings)
        for curator in curators:
            card = message_to(
                curator,
                bot=bot,
                kind="draft_review",
                about=f"{id_} {number}",
                at_ms=by.at_ms,
                text=f"{id_} {number}",
            )
            shown = {"question": questions[0][:_QUOTED], "answer": skill.answer, "by": by.who}
            await self._post.send(card, invocation, partial(_review_card, shown=shown))
        return len(curators)

    async def again(self, review: Question, answer: str, by: By, invocation: Invocation) -> int:
        """A curator has answered the review with other words: the next version.

        Raises:
            ConfigurationError, BotError: as for `write`.
        """
        id_, before = await self._reviewed(review)
        if before is None:
            raise ConfigurationError(f"The draft {review.text} is gone.")
        return await self.write(
            review.bot,
            id_,
            answer,
            by,
            invocation,
            questions=before.skill.triggers.questions,
            route=next(iter(before.skill.routes), ""),
            gap=before.gap,
            turns=before.turns,
        )

    async def clicked(self, action: CardAction, review: Question, invocation: Invocation) -> str:
        """A curator's tap on a review; empty: it is no button of one.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        runtime = await self._bots.get(action.bot)
        settings = runtime.settings
        id_, version = await self._reviewed(review)
        publishes = action.words in _BUTTONS["publish"]
        if version is None or (not publishes and action.words not in _BUTTONS["discard"]):
            return ""
        allowed = await self._access.acts.allowed(
            "manage_skills", "answer.curated", name=action.bot, bot=settings, who=action.user_id, what=id_
        )
        if not allowed:
            return "not_a_curator"
        by = By(action.user_id, action.clicked_ms)
        about = {"bot": action.bot, "about": f"{id_} {version.number}", "at_ms": action.clicked_ms}
        if not publishes:
            await self._post.note(action.user_id, invocation, sentence="draft_discarded", **about)  # type: ignore[arg-type]
            return "discarded"
        await self._curating.publish(action.bot, id_, version.number, by)
        self._living.forget(action.bot)
        if version.gap:
            await self._gaps.filled(action.bot, version.gap, by)
        await self._post.note(action.user_id, invocation, sentence="draft_published", **about, id=id_)  # type: ignore[arg-type]
        if settings.gaps.tell_askers:
            await self._askers.tell(action.bot, version, invocation, at_ms=action.clicked_ms)
        return "published"

    async def _reviewed(self, review: Question) -> tuple[str, Version | None]:
        id_, _, number = review.text.partition(" ")
        entry = await self._curating.entry(review.bot, id_)
        return id_, entry.version(int(number)) if entry is not None and number.isdecimal() else None


#: By what they do, in both languages: a card may be older than the bot's language.
_BUTTONS = {"publish": ("发布", "Publish"), "discard": ("不用", "Discard")}


async def _review_card(context: TurnContext, *, shown: dict[str, str]) -> Reply:
    said = context.texts.say("draft_review", **_quoted(shown))
    by_hand = f"{said}\n\n{context.texts.say('draft_by_hand', id=context.question.text.partition(' ')[0])}"
    number = 1 if context.texts.language == "en" else 0
    buttons = tuple(words[number] for words in _BUTTONS.values())
    app = context.settings.dingtalk
    tappable = app.card is not None and app.card.buttons and app.takes_clicks
    if not tappable:
        return Reply(parts=(by_hand,), on_card=False, answer=said)
    return Reply(parts=(said,), without_card=by_hand, answer=said, suggestions=buttons)


def _quoted(shown: dict[str, str]) -> dict[str, str]:
    return {**shown, "question": " ".join(shown["question"].split())}
