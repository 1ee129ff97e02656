"""Questions, bots and rows for tests of every level: each builder names only what its test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, ReplyWebhook, Sender
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome
from rag_on_dingtalk.storage.turns.row import TurnRow

if TYPE_CHECKING:
    import httpx

#: A moment in the middle of a month, in milliseconds since the epoch.
NOW_MS = 1_794_900_000_000


def a_question(
    turn_id: str = "t1", text: str = "年假有几天？", *, group: bool = False, **more: Any
) -> Question:
    """A question of one person.

    group: asked in a group rather than in a private chat.
    more: fields of Question in other values.
    """
    kind = ConversationType.GROUP if group else ConversationType.ONE_TO_ONE
    fields: dict[str, Any] = {
        "turn_id": turn_id,
        "bot": "handbook",
        "message_id": f"m-{turn_id}",
        "text": text,
        "message_type": "text",
        "sender": Sender("encrypted", "user0001", "小明"),
        "conversation": Conversation("c1", kind),
        "asked_ms": NOW_MS,
        **more,
    }
    return Question(**fields)


def a_webhook(url: str = "https://oapi.dingtalk.com/robot/sendBySession?session=s1") -> ReplyWebhook:
    """A sessionWebhook that is good for an hour after NOW_MS."""
    return ReplyWebhook(url, expires_ms=NOW_MS + 3_600_000)


def a_bot(**more: Any) -> Bot:
    """A bot of one app over AnythingLLM.

    more: fields of Bot in other values.
    """
    fields: dict[str, Any] = {
        "title": "员工手册助手",
        "dingtalk": DingTalkApp(client_id="ding1", client_secret="env:SECRET"),
        "backend": AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="handbook"),
        **more,
    }
    return Bot(**fields)


def an_api(
    http: httpx.AsyncClient,
    api_url: str = "https://api.example.com",
    *,
    secret: str = "s",  # noqa: S107 - made up
) -> OpenApi:
    """DingTalk's OpenAPI for the app `ding1`; a retry does not wait, and the token does not expire."""

    async def no_pause(_: float) -> None:
        return

    return OpenApi(
        http=http,
        api_url=api_url,
        client_id="ding1",
        client_secret=Secret(secret),
        clock=lambda: 0.0,
        sleep=no_pause,
    )


def a_row(question: Question | None = None, lease: Lease | None = None, **outcome: Any) -> TurnRow:
    """A row of `turns`.

    outcome: fields of Outcome in other values.
    """
    return TurnRow(question or a_question(), lease or Lease("me", NOW_MS + 30_000), Outcome(**outcome))
