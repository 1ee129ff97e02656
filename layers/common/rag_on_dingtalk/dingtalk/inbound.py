"""A robot message's body → a Question. Pure, and defensive: types drift between DingTalk's pages and clients.

Source: DingTalk, "机器人接收消息" (development/receive-message, development/robot-message-type).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from rag_on_dingtalk.model import Conversation, ConversationType, Question, ReplyWebhook, Sender, turn_id_of

#: A real sessionWebhook is about 120 characters long.
_LONGEST_URL = 2048


class UnreadableMessageError(ValueError):
    """Raised for a signed body that is not a robot message."""


def read_question(body: object, *, bot: str, webhook_host: str, now_ms: int) -> Question:
    """Turn a decoded JSON body into a Question.

    webhook_host: `https://oapi.dingtalk.com`; a sessionWebhook elsewhere is dropped, because the
        signature does not cover the body and whoever holds a captured header pair could name any host.

    Raises:
        UnreadableMessageError: a field without which nobody could be answered is missing.
    """
    if not isinstance(body, dict):
        raise UnreadableMessageError("the body is not a JSON object")
    message_id = _string(body, "msgId")
    conversation_id = _string(body, "conversationId")
    sender_id = _string(body, "senderId")
    staff_id = _string(body, "senderStaffId")
    if not message_id or not conversation_id or not (sender_id or staff_id):
        raise UnreadableMessageError("msgId, conversationId or the sender is missing")
    message_type = _string(body, "msgtype") or "unknown"
    group = _string(body, "conversationType") == ConversationType.GROUP.value
    return Question(
        turn_id=turn_id_of(bot, message_id),
        bot=bot,
        message_id=message_id,
        text=question_text(body, message_type),
        message_type=message_type,
        sender=Sender(
            sender_id=sender_id,
            staff_id=staff_id,
            nick=_string(body, "senderNick"),
            corp_id=_string(body, "senderCorpId"),
        ),
        conversation=Conversation(
            id=conversation_id,
            type=ConversationType.GROUP if group else ConversationType.ONE_TO_ONE,
            title=_string(body, "conversationTitle"),
        ),
        asked_ms=_milliseconds(body.get("createAt")) or now_ms,
        webhook=_webhook(body, webhook_host),
    )


def question_text(body: dict[str, Any], message_type: str) -> str:
    """The words of the message: typed, transcribed, or the text runs of a rich text; else empty."""
    content = body.get("content")
    if message_type == "text":
        text = body.get("text")
        # Documented twice: {"text": {"content": …}} and, in the HTTP sample, a bare "content".
        if isinstance(text, dict):
            return _clean(text.get("content"))
        return _clean(content)
    if not isinstance(content, dict):
        return ""
    if message_type == "audio":
        return _clean(content.get("recognition"))
    if message_type == "richText":
        runs = content.get("richText")
        if isinstance(runs, list):
            return _clean(
                "".join(r["text"] for r in runs if isinstance(r, dict) and isinstance(r.get("text"), str))
            )
    return ""


def _clean(text: object) -> str:
    # Group text starts with the space that stood between the removed @robot and the words.
    # A lone surrogate is legal JSON but cannot be stored or sent on.
    if not isinstance(text, str):
        return ""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()


def _string(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return _clean(value) if isinstance(value, str) else ""


def _milliseconds(value: object) -> int:
    # Documented as a string, sent as a number.
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value if 0 < value < 10**15 else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:  # noqa: PLR2004 - as above
        return int(value)
    return 0


def _webhook(body: dict[str, Any], webhook_host: str) -> ReplyWebhook | None:
    url = _string(body, "sessionWebhook")
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL
    if not url or not plain or not _is_on(url, webhook_host):
        return None
    return ReplyWebhook(url=url, expires_ms=_milliseconds(body.get("sessionWebhookExpiredTime")))


def _is_on(url: str, host: str) -> bool:
    try:
        given, expected = urlsplit(url), urlsplit(host)
    except ValueError:
        return False
    return (given.scheme, given.netloc, given.path) == (
        expected.scheme,
        expected.netloc,
        "/robot/sendBySession",
    )
