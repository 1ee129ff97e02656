"""Stage: the words that steer the bot instead of asking it something. One file a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.inbound.contents import is_wordless
from rag_on_dingtalk.errors import FailureKind, StateError
from rag_on_dingtalk.pipeline.asking.attachments import accepted
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.stages.commands import (
    cache,
    canary,
    grant,
    grants,
    help_,
    new,
    revoke,
    stop,
    whoami,
)
from rag_on_dingtalk.pipeline.stages.commands.command_word import first_word, read_word
from rag_on_dingtalk.pipeline.wording.question_text import asks_something

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.pipeline.context import TurnContext

    Command = Callable[[TurnContext], Awaitable[Reply]]

#: Each does what was commanded and returns what to say.
COMMANDS: dict[str, Command] = {
    word: module.run
    for module in (new, stop, help_, whoami, grants, grant, revoke, canary, cache)
    for word in module.WORDS
}
#: Those that more words may follow.
WITH_WORDS = frozenset((*grant.WORDS, *revoke.WORDS, *canary.WORDS, *cache.WORDS))


async def commands(context: TurnContext) -> Reply | None:
    """The reply to a command; None for a question."""
    question = context.question
    if is_wordless(question.text) and asks_something(question, accepted(question, context.settings.files)):
        return None
    word = read_word(question.text, COMMANDS) or first_word(question.text, WITH_WORDS)
    if not word:
        return None
    try:
        return await COMMANDS[word](context)
    except StateError as error:
        context.log("command_failed", level="ERROR", command=word, error=str(error))
        said = context.texts.failure(FailureKind.INTERNAL)
        return Reply(parts=(said,), on_card=False, answer=said)
