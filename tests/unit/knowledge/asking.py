"""A worker whose bot keeps answers, and people who ask it in their private chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.models.question import Conversation, ConversationType, Sender
from rag_on_dingtalk.settings.sections.answer_cache import AnswerCache
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.unit.access.world import APP

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Columns

ANSWER = "一年以内的员工有五天年假。"
WITH_CARDS = DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE)


def caching_bot(**more: Any) -> Bot:
    return a_bot(**{"dingtalk": APP, "answer_cache": AnswerCache(), **more})


def caching_worker(bot: Bot | None = None, beside: Worker | None = None, **more: Any) -> Worker:
    """A worker; beside: another instance, whose rows and DingTalk it shares."""
    if beside is not None:
        more |= {"rows": beside.rows, "dingtalk": beside.dingtalk}
    worker = Worker(bot or caching_bot(), **more)
    worker.backend.parts = [Text(ANSWER)]
    return worker


def asked_by(person: int, text: str = "年假有几天？", number: int = 1, **more: Any) -> Question:
    """The nth question of a person, in the chat with the bot."""
    user = f"user{person:04d}"
    turn_id = "t" + f"{person:04d}{number:03d}".rjust(31, "0")
    fields: dict[str, Any] = {
        "sender": Sender(f"enc-{user}", user, user),
        "conversation": Conversation(f"chat-{user}", ConversationType.ONE_TO_ONE),
        "webhook": a_webhook(),
        "asked_ms": NOW_MS + number,
        **more,
    }
    return a_question(turn_id, text, **fields)


def events_of(worker: Worker) -> dict[str, Columns]:
    """The rows of `questions` by turn."""
    return {str(key[2]): row for key, row in worker.rows.tables.get("questions", {}).items()}


def cache_of(worker: Worker, question: Question) -> object:
    """What the question's row says of the cache."""
    return events_of(worker)[question.turn_id]["cache"]


def counts_of(worker: Worker) -> dict[str, int]:
    """What the hours' counts say of the cache."""
    found: dict[str, int] = {}
    for row in worker.rows.tables.get("stats", {}).values():
        for name, value in row.items():
            if name.startswith("cache_") and isinstance(value, int):
                found[name] = found.get(name, 0) + value
    return found
