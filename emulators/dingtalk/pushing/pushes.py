"""The body of a robot message as DingTalk posts it in HTTP mode. Pure: ids and times are passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from emulators.dingtalk.organisation.people import Person
from emulators.dingtalk.pushing.mentioning import at_users, mention_runs, without_mentions
from emulators.dingtalk.pushing.quoting import card_of, record_of, with_quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.organisation.chats import Message
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.pushing.sayings import Saying
    from emulators.dingtalk.pushing.session_webhooks import SessionWebhook

#: The `msgtype` of what a person can send.
PushKind = Literal[
    "text",
    "richText",
    "picture",
    "audio",
    "video",
    "file",
    "unknownMsgType",
    "chatRecord",
    "link",
    "markdown",
    "interactiveCard",
]
PUSH_KINDS: frozenset[str] = frozenset(get_args(PushKind))
#: Seen by robots' authors, documented nowhere.
UNDOCUMENTED_KINDS = frozenset({"chatRecord", "link", "markdown", "interactiveCard"})
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
        at_robot = " " if is_group and said.to_robot else ""
        return {"text": {"content": at_robot + without_mentions(said.text, said.mentioned)}}
    return {"content": _content_of(said, new_id, keep)}


def _content_of(said: Saying, new_id: Callable[[], str], keep: Callable[[bytes], str]) -> dict[str, Any]:
    if said.kind in UNDOCUMENTED_KINDS:
        return _undocumented(said)
    if said.kind == "richText":
        return {"richText": [one for run in said.runs for one in _runs(run, said, keep)]}
    if said.kind == "picture":
        return _picture(said.pictures[0], keep)
    if said.kind == "unknownMsgType":
        return {"unknownMsgType": said.text}
    return _recording(said, new_id, keep(said.data))


def _recording(said: Saying, new_id: Callable[[], str], code: str) -> dict[str, Any]:
    if said.kind == "audio":
        return {"duration": _RECORDING_MS, "downloadCode": code, "recognition": said.text}
    if said.kind == "video":
        return {"duration": _RECORDING_MS, "downloadCode": code, "videoType": "mp4"}
    return {"downloadCode": code, "fileName": said.text, "spaceId": new_id(), "fileId": new_id()}


def _runs(run: str | bytes, said: Saying, keep: Callable[[bytes], str]) -> list[dict[str, Any]]:
    if isinstance(run, str):
        return mention_runs(run, said.mentioned)
    return [{"type": "picture", **_picture(run, keep)}]


def _undocumented(said: Saying) -> dict[str, Any]:
    if said.kind == "chatRecord":
        return record_of(said.text, said.entries)
    first, *rest = said.text.split("\n")
    if said.kind == "markdown":
        return {"title": first, "text": said.text}
    if said.kind == "link":
        address = rest.pop() if rest and rest[-1].startswith("http") else "https://example.com/"
        return {"title": first, "text": "\n".join(rest), "messageUrl": address, "picUrl": ""}
    return card_of(said.text.split("\n"))


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
        # Empty, not absent, for a person from outside the organisation.
        "senderStaffId": sender.staff_id,
        "senderCorpId": sender.corp_id or corp_id,
        "senderNick": sender.nick,
        "isAdmin": sender.is_admin,
        "sessionWebhook": webhook_url,
        "sessionWebhookExpiredTime": webhook.expires_ms,
        "msgtype": message.kind,
        **with_quote(message),
    }
    if sender.union_id:
        body["senderUnionId"] = sender.union_id
    if conversation.is_group:
        body["conversationTitle"] = conversation.title
        # Most robots hear a group message only when mentioned; with a right of its own one hears them all.
        body["atUsers"] = at_users(robot, message.mentioned, to_robot=message.to_robot)
        body["isInAtList"] = message.to_robot
    return {**body, **message.fields}


def without_content(body: dict[str, Any]) -> dict[str, Any]:
    """The same push when the month's Webhook & Stream quota is used up: an error instead of the words."""
    kept = {key: value for key, value in body.items() if key not in {"text", "content"}}
    return {**kept, "errorCode": "20001", "errorMessage": "Webhook & Stream quota exhausted"}
