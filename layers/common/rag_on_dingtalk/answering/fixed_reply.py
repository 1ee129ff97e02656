"""What is said without asking the backend: commands, and messages without words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk import messages
from rag_on_dingtalk.answering.commands import read_command
from rag_on_dingtalk.errors import FailureKind, StateError

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.line import Lines
    from rag_on_dingtalk.answering.recall import Recall
    from rag_on_dingtalk.config import Bot
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.telemetry.lines import LogLine


async def fixed_reply(
    question: Question, bot: Bot, *, recall: Recall, lines: Lines, log: LogLine
) -> str | None:
    """The markdown to say, after doing what was commanded; None for a question."""
    language = bot.language
    if not question.text and question.message_type != "text":
        return messages.text("only_text", language)
    command = read_command(question.text)
    try:
        match command:
            case "help":
                return messages.text("help", language, title=bot.title)
            case "new":
                await recall.restart()
                return messages.text("new_session", language)
            case "stop":
                found = await lines.stop(recall.session_id)
                return messages.text("stopped" if found else "nothing_to_stop", language)
            case None:
                return None
    except StateError as error:
        log("command_failed", level="ERROR", command=command or "", error=str(error))
        return messages.failure(FailureKind.INTERNAL, language)
