"""The nouns: what travels between the parts. Frozen structs, no behaviour that needs I/O."""

from __future__ import annotations

import hashlib
from enum import Enum

import msgspec


class ConversationType(str, Enum):
    """DingTalk's `conversationType`."""

    ONE_TO_ONE = "1"
    GROUP = "2"


class Sender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who asked.

    sender_id: DingTalk's encrypted id, always there.
    staff_id: the userId in the organisation; empty for people outside it.
    """

    sender_id: str
    staff_id: str = ""
    nick: str = ""
    corp_id: str = ""

    @property
    def key(self) -> str:
        """The most stable id there is for this person."""
        return self.staff_id or self.sender_id


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where it was asked.

    id: in a group also the openConversationId of the OpenAPI.
    """

    id: str
    type: ConversationType
    title: str = ""

    @property
    def is_group(self) -> bool:
        """A group, as opposed to a private chat with the robot."""
        return self.type is ConversationType.GROUP


class ReplyWebhook(msgspec.Struct, frozen=True):
    """The conversation's `sessionWebhook`: answers there without an API call until it expires.

    expires_ms: milliseconds since the epoch.
    """

    url: str
    expires_ms: int


class Question(msgspec.Struct, frozen=True, omit_defaults=True, tag="question", tag_field="job"):
    """One message of one person to one bot, as it travels through the queue.

    turn_id: identity of the question; see `turn_id_of`.
    message_type: DingTalk's `msgtype`; `text` is empty when the message carries none.
    asked_ms: when DingTalk created the message, milliseconds since the epoch.
    """

    turn_id: str
    bot: str
    message_id: str
    text: str
    message_type: str
    sender: Sender
    conversation: Conversation
    asked_ms: int
    webhook: ReplyWebhook | None = None


class Citation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source of an answer.

    url: a link a person can open (http or https), or empty.
    """

    title: str
    url: str = ""
    excerpt: str = ""


def turn_id_of(bot: str, message_id: str) -> str:
    """The one identity of a question: claim key, card id (`outTrackId`), log field."""
    digest = hashlib.sha256(f"{bot}\n{message_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return "t" + digest[:31]
