"""What is said without asking the backend: commands, and messages without words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.attachments import accepted
from rag_on_dingtalk.answering.commands import read_command
from rag_on_dingtalk.dingtalk.contents import is_wordless
from rag_on_dingtalk.errors import FailureKind, StateError

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.line import Lines
    from rag_on_dingtalk.answering.recall import Recall
    from rag_on_dingtalk.config import Bot
    from rag_on_dingtalk.messages import Texts
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.telemetry.lines import LogLine


async def fixed_reply(
    question: Question, bot: Bot, texts: Texts, *, recall: Recall, lines: Lines, log: LogLine
) -> str | None:
    """The markdown to say, after doing what was commanded; None for a question."""
    if question.message_type != "text" and is_wordless(question.text):
        # A picture alone asks what it shows.
        return None if accepted(question, bot.files) else texts.say("unreadable")
    command = read_command(question.text)
    try:
        match command:
            case "help":
                return texts.say("help", title=bot.title)
            case "new":
                await recall.restart()
                return texts.say("new_session")
            case "stop":
                found = await lines.stop(recall.session_id)
                return texts.say("stopped" if found else "nothing_to_stop")
            case None:
                return None
    except StateError as error:
        log("command_failed", level="ERROR", command=command or "", error=str(error))
        return texts.failure(FailureKind.INTERNAL)
