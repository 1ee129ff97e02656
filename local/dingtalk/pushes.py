"""The body of a robot message as DingTalk posts it in HTTP mode. Pure: ids and times are passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from local.dingtalk.organisation import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.dingtalk.chats import Message
    from local.dingtalk.organisation import RobotApp
    from local.dingtalk.sayings import Saying
    from local.dingtalk.session_webhooks import SessionWebhook

#: The `msgtype` of what a person can send.
PushKind = Literal["text", "richText", "picture", "audio", "video", "file", "unknownMsgType"]
PUSH_KINDS: frozenset[str] = frozenset(get_args(PushKind))
#: What a robot receives in one-to-one chats only.
PRIVATE_KINDS = frozenset({"audio", "video", "file"})

_RECORDING_MS = 4_000


def payload_of(
    said: Saying, *, is_group: bool, new_id: Callable[[], str], keep: Callable[[bytes], str]
) -> dict[str, Any]:
    """The part of the body that depends on the `msgtype`.

    keep: takes the bytes of a picture or file and gives the code they can be had for.
    """
    if said.kind == "text":
        # Taking "@robot" out of a group message leaves the space that stood after it.
        return {"text": {"content": f" {said.text}" if is_group else said.text}}
    return {"content": _content_of(said, new_id, keep)}


def _content_of(said: Saying, new_id: Callable[[], str], keep: Callable[[bytes], str]) -> dict[str, Any]:
    if said.kind == "richText":
        return {"richText": [_run(run, keep) for run in said.runs]}
    if said.kind == "picture":
        return _picture(said.pictures[0], keep)
    if said.kind == "unknownMsgType":
        return {"unknownMsgType": said.text}
    code = keep(said.data)
    if said.kind == "audio":
        return {"duration": _RECORDING_MS, "downloadCode": code, "recognition": said.text}
    if said.kind == "video":
        return {"duration": _RECORDING_MS, "downloadCode": code, "videoType": "mp4"}
    return {"downloadCode": code, "fileName": said.text, "spaceId": new_id(), "fileId": new_id()}


def _run(run: str | bytes, keep: Callable[[bytes], str]) -> dict[str, Any]:
    return {"text": run} if isinstance(run, str) else {"type": "picture", **_picture(run, keep)}


def _picture(data: bytes, keep: Callable[[bytes], str]) -> dict[str, Any]:
    # Two codes for the same bytes; either can be exchanged.
    return {"downloadCode": keep(data), "pictureDownloadCode": keep(data)}


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
