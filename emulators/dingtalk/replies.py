"""What a robot may say, read from the wire: the webhook format and OpenAPI's `msgKey` + `msgParam`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

#: `msgtype` allowed in the HTTP response to a push.
INLINE_TYPES = frozenset({"text", "markdown", "actionCard", "feedCard"})
#: `msgtype` allowed at a sessionWebhook.
WEBHOOK_TYPES = INLINE_TYPES | {"link"}
#: Says nothing, on purpose.
EMPTY_TYPE = "empty"

#: msgKey → keys its `msgParam` must have.
MSG_KEYS: Mapping[str, tuple[str, ...]] = {
    "sampleText": ("content",),
    "sampleMarkdown": ("title", "text"),
    "sampleImageMsg": ("photoURL",),
    "sampleLink": ("title", "text", "picUrl", "messageUrl"),
    "sampleActionCard": ("title", "text", "singleTitle", "singleURL"),
    **{
        f"sampleActionCard{buttons}": (
            "title",
            "text",
            *(f"action{part}{n}" for n in range(1, buttons + 1) for part in ("Title", "URL")),
        )
        for buttons in range(2, 6)
    },
    "sampleActionCard6": ("title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"),
    "sampleAudio": ("mediaId", "duration"),
    "sampleFile": ("mediaId", "fileName", "fileType"),
    "sampleVideo": ("videoMediaId", "videoType", "picMediaId", "duration", "height", "width"),
}

#: msgKey → keys whose value is a media id; `photoURL` may be an address instead.
MEDIA_KEYS: Mapping[str, tuple[str, ...]] = {
    "sampleImageMsg": ("photoURL",),
    "sampleAudio": ("mediaId",),
    "sampleFile": ("mediaId",),
    "sampleVideo": ("videoMediaId", "picMediaId"),
}


class UnreadableReplyError(ValueError):
    """Raised when a reply breaks its format. `unknown_type`: its kind is not one of those allowed."""

    def __init__(self, message: str, *, unknown_type: bool = False) -> None:
        super().__init__(message)
        self.unknown_type = unknown_type


@dataclass(frozen=True)
class Reply:
    """What the robot says.

    kind: `msgtype` or `msgKey`.
    text: its words as the chat shows them.
    content: the payload of that kind.
    at_user_ids: the people it notifies.
    """

    kind: str
    text: str
    content: Mapping[str, Any]
    at_user_ids: tuple[str, ...] = ()

    @property
    def media_ids(self) -> list[str]:
        """The uploads a keyed message consists of; pictures in markdown are not among them."""
        ids = [str(self.content.get(key, "")) for key in MEDIA_KEYS.get(self.kind, ())]
        return [one for one in ids if not one.startswith(("http://", "https://"))]


def webhook_reply(body: Any, *, allowed: frozenset[str] = WEBHOOK_TYPES) -> Reply | None:
    """Read a message in webhook format; None for `{"msgtype": "empty"}`.

    Raises:
        UnreadableReplyError: not an object, a kind that is not allowed, or a payload without its words.
    """
    if not isinstance(body, dict):
        raise UnreadableReplyError("A reply is a JSON object with a msgtype.")
    kind = body.get("msgtype")
    if kind == EMPTY_TYPE:
        return None
    if not isinstance(kind, str) or kind not in allowed:
        raise UnreadableReplyError(
            f"msgtype is {kind!r}; it may be {', '.join(sorted(allowed))} here.", unknown_type=True
        )
    content = body.get(kind)
    if not isinstance(content, dict):
        raise UnreadableReplyError(f"A {kind} reply carries an object named {kind!r}.")
    text = _words(kind, content)
    return Reply(kind, text, content, _mentions(body.get("at"), text))


def keyed_reply(msg_key: str, msg_param: str) -> Reply:
    """Read an OpenAPI message; `msg_param` is JSON in a string.

    Raises:
        UnreadableReplyError: unknown `msg_key`, or a `msg_param` without the keys it needs.
    """
    needed = MSG_KEYS.get(msg_key)
    if needed is None:
        raise UnreadableReplyError(f"msgKey {msg_key!r} does not exist.", unknown_type=True)
    try:
        content = read_json(msg_param)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UnreadableReplyError("msgParam is a JSON object, written as a string.")
    missing = [key for key in needed if content.get(key) in (None, "")]
    if missing:
        raise UnreadableReplyError(f"msgParam of {msg_key} lacks {', '.join(missing)}.")
    text = next((content[key] for key in ("content", "text", "fileName", "photoURL") if key in content), "")
    return Reply(msg_key, str(text), content)


def _words(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "feedCard":
        links = content.get("links")
        titles = [str(one.get("title", "")) for one in links or [] if isinstance(one, dict)]
        if not isinstance(links, list) or not titles:
            raise UnreadableReplyError("feedCard.links is a list of objects with a title.")
        return "\n".join(titles)
    key = "content" if kind == "text" else "text"
    words = content.get(key)
    if not isinstance(words, str) or not words.strip():
        raise UnreadableReplyError(f"{kind}.{key} is empty; a message needs words.")
    if kind != "text" and not content.get("title"):
        raise UnreadableReplyError(f"{kind}.title is empty; the chat list shows it.")
    return words


def _mentions(at: Any, text: str) -> tuple[str, ...]:
    if not isinstance(at, dict):
        return ()
    if at.get("isAtAll") is True:
        return ("@ALL",)
    listed = at.get("atUserIds")
    if not isinstance(listed, list):
        return ()
    # Both are needed: the id in the list, and `@id` where the mention stands in the text.
    return tuple(one for one in listed if isinstance(one, str) and f"@{one}" in text)
