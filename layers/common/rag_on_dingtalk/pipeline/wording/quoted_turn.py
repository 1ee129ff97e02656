"""A reply to what the bot said, or to what it was asked, is answered from the bot's own records.

DingTalk quotes a card by its ids alone. `originalProcessQueryKey` is the `carrierId` or `processQueryKey`
that came back when the bot sent it; the `msgId` of a person's message gives its turn without any index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError, UnreadableRowError
from rag_on_dingtalk.models.question import Quote, is_turn_id, turn_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.sent_messages import SentMessages
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.texts import Texts

#: Of an earlier answer, in the quote: enough to ask about it, and no second answer's worth of tokens.
_ANSWER_CHARACTERS = 4_000
_QUESTION_CHARACTERS = 500
#: The surest ids come first.
_MOST_IDS = 2


class QuotedTurns:
    """Puts the earlier question and answer in the place of a quote that DingTalk sends by its ids."""

    def __init__(self, sent: SentMessages, turns: Turns, log: LogLine) -> None:
        self._sent = sent
        self._turns = turns
        self._log = log

    async def remember(self, question: Question, message_key: str) -> None:
        """Note the card or message that answers `question`, so that a reply to it is understood."""
        try:
            await self._sent.remember(question.bot, message_key, question.turn_id)
        except StateError as error:
            self._log("sent_message_not_noted", level="WARNING", error=str(error))

    async def remember_messages(self, question: Question, message_keys: Sequence[str]) -> None:
        """Note the messages of the answer that the OpenAPI took, with one write each."""
        for message_key in message_keys:
            await self.remember(question, message_key)

    async def with_quoted_turn(self, question: Question, texts: Texts) -> Question:
        """The question with its quote filled in; the same question where nothing is known of the quote.

        It asks Tablestore only for a reply to the bot's own message or to one without words: two reads for
        what is found at once, four at most.
        """
        quote = question.reply_to
        if quote is None or not quote.ids or (quote.readable and not quote.own):
            return question
        try:
            found = await self._find(question, quote)
        except (StateError, UnreadableRowError) as error:
            self._log("quote_not_looked_up", level="WARNING", error=str(error))
            return question
        if found is None:
            return question
        text = _told(found, texts)
        return msgspec.structs.replace(question, quote=msgspec.structs.replace(quote, text=text, own=True))

    async def message_to(self, question: Question) -> TurnRow | None:
        """The message that the bot sent to this very person and that this replies to, if it is one of these.

        None also while Tablestore is away. Its turn may have been made for another conversation.
        """
        quote = question.reply_to
        if quote is None or not quote.own:
            return None
        try:
            for given in quote.ids[:_MOST_IDS]:
                turn_id = await self._sent.turn_of(question.bot, given)
                found = await self._turns.read(turn_id or given) if turn_id or is_turn_id(given) else None
                if found is not None and found.question.sender.staff_id == question.sender.staff_id:
                    return found
        except (StateError, UnreadableRowError) as error:
            self._log("quote_not_looked_up", level="WARNING", error=str(error))
        return None

    async def _find(self, question: Question, quote: Quote) -> TurnRow | None:
        for given in quote.ids[:_MOST_IDS]:
            turn_id = await self._sent.turn_of(question.bot, given) if quote.own else ""
            # An `outTrackId` of ours is the turn itself.
            turn_id = turn_id or (given if is_turn_id(given) else turn_id_of(question.bot, given))
            found = await self._turns.read(turn_id)
            # The push's signature does not cover its body: it may name the id of any conversation.
            if (
                found is not None
                and _is_from_here(found.question, question)
                and (quote.own or _asked(found.question, ""))
            ):
                return found
        return None


def _is_from_here(earlier: Question, question: Question) -> bool:
    return earlier.bot == question.bot and earlier.conversation.id == question.conversation.id


def _told(earlier: TurnRow, texts: Texts) -> str:
    asked = _asked(earlier.question, texts.say("and"))
    outcome = earlier.outcome
    answer = outcome.answer or (outcome.parts[0] if outcome.parts else "")
    lines = (
        texts.say("quoted_question", question=asked[:_QUESTION_CHARACTERS]) if asked else "",
        texts.say("quoted_answer", answer=answer[:_ANSWER_CHARACTERS]) if answer else "",
    )
    return "\n".join(line for line in lines if line)


def _asked(earlier: Question, between: str) -> str:
    """What was asked in words; the names of its files where it had none."""
    return earlier.text or between.join(one.name for one in earlier.attachments if one.name)
