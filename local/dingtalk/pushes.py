"""The body of a robot message as DingTalk posts it in HTTP mode. Pure: ids and times are passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from local.dingtalk.organisation import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.dingtalk.chats import Message
    from local.dingtalk.organisation import RobotApp
    from local.dingtalk.session_webhooks import SessionWebhook

#: The `msgtype` of what a person can send.
PushKind = Literal["text", "richText", "picture", "audio", "video", "file", "unknownMsgType"]
PUSH_KINDS: frozenset[str] = frozenset(get_args(PushKind))
#: What a robot receives in one-to-one chats only.
PRIVATE_KINDS = frozenset({"audio", "video", "file"})

_RECORDING_MS = 4_000


def payload_of(kind: PushKind, text: str, *, is_group: bool, new_id: Callable[[], str]) -> dict[str, Any]:
    """The part of the body that depends on the `msgtype`.

    text: the words; for audio what was recognised, for a file its name, for unknownMsgType what it is called.
    """
    if kind == "text":
        # Taking "@robot" out of a group message leaves the space that stood after it.
        return {"text": {"content": f" {text}" if is_group else text}}
    return {"content": _content_of(kind, text, new_id)}


def _content_of(kind: PushKind, text: str, new_id: Callable[[], str]) -> dict[str, Any]:
    code = f"dc{new_id()}"
    picture = {"downloadCode": code, "pictureDownloadCode": f"pdc{new_id()}"}
    contents: dict[str, dict[str, Any]] = {
        "richText": {"richText": [{"text": text}, {"type": "picture", **picture}]},
        "picture": picture,
        "audio": {"duration": _RECORDING_MS, "downloadCode": code, "recognition": text},
        "video": {"duration": _RECORDING_MS, "downloadCode": code, "videoType": "mp4"},
        "file": {"downloadCode": code, "fileName": text, "spaceId": new_id(), "fileId": new_id()},
        "unknownMsgType": {"unknownMsgType": text},
    }
    return contents[kind]


def push_body(
    message: Message, robot: RobotApp, webhook: SessionWebhook, webhook_url: str, *, corp_id: str
) -> dict[str, Any]:
    """The whole JSON body of one robot message.

    webhook_url: the `sessionWebhook`, valid until the webhook's `expires_ms`.
    """
    conversation, sender = message.conversation, message.sender
    if not isinstance(sender, Person):
        raise TypeError(f"Message {message.id} is a robot's own: DingTalk pushes only what people say.")
    body: dict[str, Any] = {
        "senderPlatform": "Mac",
        "conversationId": conversation.id,
        "conversationType": conversation.kind.value,
        "chatbotCorpId": corp_id,
        "chatbotUserId": robot.dingtalk_id,
        "robotCode": robot.robot_code,
        "msgId": message.id,
        "createAt": round(message.sent_at * 1000),
        "senderId": sender.sender_id,
        # Empty, not absent, for somebody from outside the organisation.
        "senderStaffId": sender.staff_id,
        "senderCorpId": sender.corp_id or corp_id,
        "senderNick": sender.nick,
        "isAdmin": sender.is_admin,
        "sessionWebhook": webhook_url,
        "sessionWebhookExpiredTime": webhook.expires_ms,
        "msgtype": message.kind,
        **message.content,
    }
    if sender.union_id:
        body["senderUnionId"] = sender.union_id
    if conversation.is_group:
        body["conversationTitle"] = conversation.title
        # A robot hears a group message only when mentioned; often its encrypted id is all that is listed.
        body["atUsers"] = [{"dingtalkId": robot.dingtalk_id}]
        body["isInAtList"] = True
    return body


def without_content(body: dict[str, Any]) -> dict[str, Any]:
    """The same push when the month's Webhook & Stream quota is used up: an error instead of the words."""
    kept = {key: value for key, value in body.items() if key not in {"text", "content"}}
    return {**kept, "errorCode": "20001", "errorMessage": "Webhook & Stream quota exhausted"}
