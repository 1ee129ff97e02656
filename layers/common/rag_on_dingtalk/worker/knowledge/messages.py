"""Messages to one person that answer nothing they asked, each a turn of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender, turn_id_of
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler, Reach
    from rag_on_dingtalk.worker.invocation import Invocation

#: The `message_type` of a message that is answered by quoting it. `expert_request`: `repeats` is the asker's
#: turn. `gap_request`: `text` is the gap's id. `draft_review`: `text` is an answer's id and version.
Kind = Literal["expert_request", "gap_request", "draft_review", "desk_note"]
#: What the record says of messages that answer no question.
STAGE = "knowledge_desk"
ANSWERED_BY_QUOTING: frozenset[str] = frozenset(("expert_request", "gap_request", "draft_review"))


def message_to(
    user: str,
    *,
    bot: str,
    kind: Kind,
    about: str,
    at_ms: int,
    text: str = "",
    repeats: str = "",
    corp_id: str = "",
) -> Question:
    """A private message as a turn; its identity follows from what it is about.

    about: unique for the message.
    """
    return Question(
        turn_id=turn_id_of(bot, f"{kind} {about} {user}"),
        bot=bot,
        message_id=f"{kind} {about} {user}",
        text=text,
        message_type=kind,
        sender=Sender(sender_id="", staff_id=user, corp_id=corp_id),
        conversation=Conversation(f"desk:{user}", ConversationType.ONE_TO_ONE),
        asked_ms=at_ms,
        repeats=repeats,
    )


class Post:
    """Sends them."""

    def __init__(self, questions: QuestionHandler, bots: BotRuntimes, access: AccessControl) -> None:
        self._questions = questions
        self._bots = bots
        self._access = access

    async def send(self, message: Question, invocation: Invocation, reach: Reach) -> bool:
        """Send it, unless it is out already; False: this person has left, or gets no messages.

        Who has left is not written to: a message that cannot be delivered would be tried for a day.

        Raises:
            BotError: it could not be sent now; FC is to try again.
        """
        runtime = await self._bots.get(message.bot)
        profile = await self._access.profiles.fresh(message.sender.staff_id, runtime.people)
        if profile is not None and not profile.found:
            return False
        return await self._send(message, invocation, reach)

    async def _send(self, message: Question, invocation: Invocation, reach: Reach) -> bool:
        async def staged(context: TurnContext) -> Reply:
            # In the books it is no question of this person's.
            context.fact(stage=STAGE)
            return await reach(context)

        try:
            await self._questions.answer(message, invocation, staged)
        except DingTalkError as error:
            if error.retryable:
                raise
            return False
        return True

    async def note(
        self,
        user: str,
        invocation: Invocation,
        *,
        bot: str,
        about: str,
        at_ms: int,
        sentence: str,
        **values: str,
    ) -> None:
        """One sentence to one person, who has just done something.

        Raises:
            BotError: as for `send`.
        """
        message = message_to(user, bot=bot, kind="desk_note", about=f"{sentence} {about}", at_ms=at_ms)
        await self._send(message, invocation, partial(said, sentence=sentence, values=values))


async def said(context: TurnContext, *, sentence: str, values: dict[str, str]) -> Reply:
    """A message that says this."""
    words = context.texts.say(sentence, **values)
    return Reply(parts=(words,), on_card=False, answer=words)
