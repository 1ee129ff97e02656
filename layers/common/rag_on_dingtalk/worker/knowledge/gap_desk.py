"""Gaps as cards in the operators' group, and what their buttons do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.knowledge.curated.curating import By
from rag_on_dingtalk.knowledge.skills.template import shown
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.observability.days import DAY_MS
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.texts import Texts
from rag_on_dingtalk.worker.knowledge.messages import message_to
from rag_on_dingtalk.worker.knowledge.offering import experts_of
from rag_on_dingtalk.worker.operating.channel import OperatorChannel

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.knowledge.gap_book import GapBook
    from rag_on_dingtalk.knowledge.gaps import KnownGap
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.messages import Post

#: A gap that was shown is shown again when it is still there after this.
_AGAIN_MS = 7 * DAY_MS
#: What the buttons say, by what they do, in both languages.
BUTTONS = {
    "fill": ("补充答案", "Write an answer"),
    "pass": ("转给专家", "To the experts"),
    "ignore": ("忽略", "Ignore"),
}


class GapDesk:
    """Lists gaps, shows them, and does what is tapped."""

    def __init__(
        self,
        *,
        bots: BotRuntimes,
        book: GapBook,
        access: AccessControl,
        post: Post,
        log: LogLine,
    ) -> None:
        self._bots = bots
        self._book = book
        self._access = access
        self._post = post
        self._log = log

    async def show(self, bot: str, now_ms: int, *, most: int, again: bool = False) -> int:
        """Put the heaviest gaps into the operators' group; returns how many cards that were.

        again: also those that stand there already.

        Raises:
            BotError: a card was not taken.
        """
        runtime = await self._bots.get(bot)
        channel = OperatorChannel(runtime)
        if not channel.reachable or not most:
            return 0
        gaps = await self._book.open(bot, runtime.settings, now_ms)
        due = [gap for gap in gaps if again or now_ms - gap.shown_ms >= _AGAIN_MS][:most]
        for gap in due:
            card = turn_id_of(bot, f"gap {gap.id} {now_ms}")
            shown_gap = msgspec.structs.replace(gap, shown_ms=now_ms, card=card)
            # Before it is there: a tap on it must find its gap.
            await self._book.keep(bot, shown_gap)
            await channel.post(card, self._told(bot, shown_gap), buttons=self._buttons(bot))
        return len(due)

    async def clicked(self, action: CardAction, invocation: Invocation) -> str:
        """A tap on a card in the operators' group; empty: it is no gap's card.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        wanted = next((does for does, words in BUTTONS.items() if action.words in words), "")
        if action.bot not in self._bots.settings or not wanted:
            return ""
        known = (await self._book.known(action.bot)).values()
        gap = next((one for one in known if one.card == action.turn_id), None)
        if gap is None:
            return ""
        settings = self._bots.settings[action.bot]
        allowed = await self._access.acts.allowed(
            "manage_skills", "answer.curated", name=action.bot, bot=settings, who=action.user_id, what=gap.id
        )
        if not allowed:
            return "not_a_curator"
        if wanted == "ignore":
            await self._book.ignore(action.bot, gap, By(action.user_id, action.clicked_ms))
            await self._rewrite(action.bot, gap, "gap_ignored", by=action.user_id)
            return "ignored"
        writers = (action.user_id,) if wanted == "fill" else experts_of(settings, gap.route)
        asked = [writer for writer in writers if await self._ask(action, gap, writer, invocation)]
        if wanted == "pass":
            await self._access.acts.done(
                "question.passed_on", name=action.bot, who=action.user_id, what=gap.id
            )
        sentence = "gap_being_filled" if asked else "gap_no_writer"
        await self._rewrite(action.bot, gap, sentence, by="、".join(asked) or action.user_id)
        return "asked" if asked else "no_writer"

    async def _ask(self, action: CardAction, gap: KnownGap, writer: str, invocation: Invocation) -> bool:
        message = message_to(
            writer,
            bot=action.bot,
            kind="gap_request",
            about=f"{gap.id} {action.turn_id}",
            at_ms=action.clicked_ms,
            text=gap.id,
            corp_id=action.corp_id,
        )
        return await self._post.send(message, invocation, partial(_request, gap=gap))

    async def _rewrite(self, bot: str, gap: KnownGap, sentence: str, *, by: str) -> None:
        """The card says what came of it; what was done is done, whether DingTalk takes that or not."""
        texts = self._texts(bot)
        text = f"{self._told(bot, gap)}\n\n{texts.say(sentence, by=by)}"
        buttons = () if sentence == "gap_ignored" else self._buttons(bot)
        try:
            channel = OperatorChannel(await self._bots.get(bot))
            await channel.rewrite(gap.card, text, buttons=buttons, last=False)
        except DingTalkError as error:
            self._log("gap_card_not_written", level="WARNING", code=error.code, error=str(error))

    def _told(self, bot: str, gap: KnownGap) -> str:
        others = "\n".join(f"- {shown(one)}" for one in gap.wordings[:5] if one != gap.question)
        return (
            self._texts(bot)
            .say(
                "gap_card",
                title=self._bots.settings[bot].title,
                question=shown(gap.question),
                people=str(gap.people),
                times=str(gap.times),
                others=others,
            )
            .rstrip()
        )

    def _buttons(self, bot: str) -> tuple[str, ...]:
        settings = self._bots.settings[bot]
        offered = [does for does in BUTTONS if does != "pass" or settings.experts]
        return tuple(BUTTONS[does][settings.language == "en"] for does in offered)

    def _texts(self, bot: str) -> Texts:
        settings = self._bots.settings[bot]
        return Texts(settings.language, settings.texts)


async def _request(context: TurnContext, *, gap: KnownGap) -> Reply:
    texts = context.texts
    said = texts.say(
        "gap_request", question=shown(gap.question), people=str(gap.people), times=str(gap.times)
    )
    said = f"{said}\n\n{texts.say('expert_how', id=context.question.turn_id)}"
    return Reply(parts=(said,), on_card=False, answer=said)
