"""Plain markdown replies, for when no card can be had.

Sources: "机器人消息类型" (development/robot-message-type), "机器人发送群聊消息"
(development/the-robot-sends-a-group-message), "批量发送人与机器人会话中机器人消息"
(development/chatbots-send-one-on-one-chat-messages-in-batches).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import text_of
from rag_on_dingtalk.dingtalk.openapi.client import exchange
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.models.question import Question, ReplyWebhook

#: A webhook about to expire would be gone before the message is there.
_MARGIN_MS = 10_000


def webhook_is_alive(webhook: ReplyWebhook | None, now_ms: int) -> bool:
    """Whether the conversation's sessionWebhook can still be used."""
    return webhook is not None and now_ms < webhook.expires_ms - _MARGIN_MS


async def send_by_webhook(http: httpx.AsyncClient, question: Question, *, title: str, markdown: str) -> None:
    """Answer through the conversation's sessionWebhook; costs no API call and mentions the asker in a group.

    Raises:
        DingTalkError: refused; `300001` is the webhook's own code for an expired session.
    """
    if question.webhook is None:
        raise DingTalkError("no_webhook", "the message came without a sessionWebhook")
    text, at = markdown, {}
    if question.conversation.is_group and question.sender.staff_id:
        # A mention needs both: the id in `at` and @id in the text.
        text, at = f"@{question.sender.staff_id}\n\n{markdown}", {"atUserIds": [question.sender.staff_id]}
    await exchange(
        http,
        "POST",
        question.webhook.url,
        body={"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": at},
        headers={"content-type": "application/json"},
        where="POST sessionWebhook",
    )


class OutboundMessage(msgspec.Struct, frozen=True):
    """A message of the OpenAPI: `msgKey`, and what goes into `msgParam`."""

    key: str
    param: dict[str, str]


def markdown_message(title: str, markdown: str) -> OutboundMessage:
    """Words.

    title: what the list of chats shows.
    """
    return OutboundMessage("sampleMarkdown", {"title": title, "text": markdown})


def file_message(media_id: str, name: str) -> OutboundMessage:
    """A file that was uploaded; its type is the extension of its name."""
    extension = name.rpartition(".")[2].lower()
    return OutboundMessage("sampleFile", {"mediaId": media_id, "fileName": name, "fileType": extension})


async def send_message(
    api: OpenApi, question: Question, outbound: OutboundMessage, *, robot_code: str
) -> str:
    """Answer through the OpenAPI; costs an API call, works after the webhook has expired.

    Returns its `processQueryKey`, by which a reply that quotes it names it; empty when DingTalk gives none.

    Raises:
        DingTalkError: refused, or the person is throttled (`flow_controlled`), or unknown to the API.
    """
    message = {
        "robotCode": robot_code,
        "msgKey": outbound.key,
        "msgParam": msgspec.json.encode(outbound.param).decode(),
    }
    if question.conversation.is_group:
        answer = await api.call(
            "POST",
            "/v1.0/robot/groupMessages/send",
            message | {"openConversationId": question.conversation.id},
        )
        return text_of(answer, "processQueryKey")
    if not question.sender.staff_id:
        raise DingTalkError("no_staff_id", "a person outside the organisation has no private chat by API")
    answer = await api.call(
        "POST", "/v1.0/robot/oToMessages/batchSend", message | {"userIds": [question.sender.staff_id]}
    )
    if answer.get("flowControlledStaffIdList"):
        raise DingTalkError("flow_controlled", "DingTalk holds messages to this person back", status=200)
    if answer.get("invalidStaffIdList"):
        raise DingTalkError("invalid_staff_id", "DingTalk does not know this person", status=200)
    return text_of(answer, "processQueryKey")
