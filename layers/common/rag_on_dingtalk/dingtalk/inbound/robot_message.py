"""A robot message's body → a Question. Pure, and defensive: types drift between DingTalk's pages and clients.

Source: DingTalk, "机器人接收消息" (development/receive-message, development/robot-message-type).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.contents import read_contents
from rag_on_dingtalk.dingtalk.inbound.fields import LONGEST_ID, clean, milliseconds, text_of
from rag_on_dingtalk.models.question import (
    Conversation,
    ConversationType,
    Question,
    ReplyWebhook,
    Sender,
    turn_id_of,
)
from rag_on_dingtalk.net.addresses import has_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

#: `errorCode` when the month's Webhook & Stream pushes are used up.
PUSH_QUOTA_USED_UP = "20001"

_WEBHOOK_PATH = "/robot/sendBySession"


class UnreadableMessageError(ValueError):
    """Raised for a signed body that is not a robot message."""


def push_error(body: Mapping[str, Any]) -> str:
    """The `errorCode` of a push that carries an error in the place of a message; else an empty string."""
    if "text" in body or "content" in body:
        return ""
    code = body.get("errorCode")
    return clean(str(code)) if isinstance(code, (str, int)) and code else ""


def read_question(body: object, *, bot: str, webhook_host: str, now_ms: int, title: str = "") -> Question:
    """Turn a decoded JSON body into a Question.

    title: the bot's name as people see it, which is no part of the question.
    webhook_host: `https://oapi.dingtalk.com`; a sessionWebhook elsewhere is dropped, because the
        signature does not cover the body and the holder of a captured header pair could name any host.

    Raises:
        UnreadableMessageError: a field is missing without which no answer could be sent.
    """
    if not isinstance(body, dict):
        raise UnreadableMessageError("the body is not a JSON object")
    message_id = text_of(body, "msgId")
    conversation_id = text_of(body, "conversationId")
    sender_id = text_of(body, "senderId")
    # Empty or absent for people from outside the organisation.
    staff_id = text_of(body, "senderStaffId")
    if not message_id or not conversation_id or not (sender_id or staff_id):
        raise UnreadableMessageError("msgId, conversationId or the sender is missing")
    if max(map(len, (message_id, conversation_id, sender_id, staff_id))) > LONGEST_ID:
        raise UnreadableMessageError("an id is too long to be one")
    message_type = text_of(body, "msgtype") or "unknown"
    contents = read_contents(body, message_type, title)
    group = str(body.get("conversationType")) == ConversationType.GROUP.value
    return Question(
        turn_id=turn_id_of(bot, message_id),
        bot=bot,
        message_id=message_id,
        text=contents.text,
        message_type=message_type,
        sender=Sender(
            sender_id=sender_id,
            staff_id=staff_id,
            nick=text_of(body, "senderNick"),
            corp_id=text_of(body, "senderCorpId"),
        ),
        conversation=Conversation(
            id=conversation_id,
            type=ConversationType.GROUP if group else ConversationType.ONE_TO_ONE,
            title=text_of(body, "conversationTitle"),
        ),
        # A time in the future is a clock error: an age is counted from here.
        asked_ms=min(sent_ms(body) or now_ms, now_ms),
        webhook=_webhook(body, webhook_host),
        attachments=contents.attachments,
        quote=contents.quote,
        mentions=contents.mentions,
    )


def is_addressed(body: Mapping[str, Any]) -> bool:
    """Whether a message is meant for the robot: a robot may be given the right to hear all of a group.

    Where the push does not say so, it is: most robots hear nothing else.
    """
    bot = text_of(body, "chatbotUserId")
    if bot and text_of(body, "senderId") == bot:
        return False
    if str(body.get("conversationType")) == ConversationType.ONE_TO_ONE.value:
        return True
    listed = body.get("isInAtList")
    if listed is not None:
        return str(listed).strip().lower() not in ("false", "0", "")
    people = body.get("atUsers")
    named = [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    # Who has a staff id is a person; any other entry may be the robot.
    return not (bot and named) or not all(
        text_of(one, "staffId") and text_of(one, "dingtalkId") != bot for one in named
    )


def sent_ms(body: Mapping[str, Any]) -> int:
    """When DingTalk created the message, milliseconds since the epoch; 0 when it does not say."""
    # Documented as a string, sent as a number.
    return milliseconds(body.get("createAt"))


def _webhook(body: Mapping[str, Any], webhook_host: str) -> ReplyWebhook | None:
    url = text_of(body, "sessionWebhook")
    if not has_origin(url, webhook_host) or url.partition("?")[0] != webhook_host.rstrip("/") + _WEBHOOK_PATH:
        return None
    return ReplyWebhook(url=url, expires_ms=milliseconds(body.get("sessionWebhookExpiredTime")))
