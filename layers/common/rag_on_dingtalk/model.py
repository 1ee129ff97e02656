"""The nouns: what travels between the parts. Frozen structs, no behaviour that needs I/O."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Literal

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


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture or a file in a message, still at DingTalk.

    code: `downloadCode`, to be exchanged for an address soon.
    name: the file's name; pictures have none.
    """

    kind: Literal["picture", "file", "audio", "video"]
    code: str
    name: str = ""


class Question(msgspec.Struct, frozen=True, omit_defaults=True, tag="question", tag_field="job"):
    """One message of one person to one bot, as it travels through the queue.

    turn_id: identity of the question; see `turn_id_of`.
    text: its words; a picture in the midst of them is a marker such as `[图片1]`.
    message_type: DingTalk's `msgtype`; `text` is empty when the message carries none.
    quoted: the words of the message it replies to.
    repeats: the turn this one asks again, empty for a message.
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
    attachments: tuple[Attachment, ...] = ()
    quoted: str = ""
    repeats: str = ""


Action = Literal["like", "dislike", "stop", "retry", "ask"]


class CardAction(msgspec.Struct, frozen=True, omit_defaults=True, tag="card_action", tag_field="job"):
    """A click on a card.

    turn_id: whose card it is (`outTrackId`).
    user_id: who clicked, a staff id.
    words: the reason of a dislike, or the suggested question that is asked.
    clicked_ms: milliseconds since the epoch.
    """

    bot: str
    turn_id: str
    action: Action
    user_id: str
    clicked_ms: int
    corp_id: str = ""
    words: str = ""


class OrganisationEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag="event", tag_field="job"):
    """Something changed in the organisation or its chats.

    event_id: DingTalk's; the same one may come more than once.
    type: DingTalk's `EventType`, for example `user_leave_org`.
    occurred_ms: milliseconds since the epoch.
    """

    bot: str
    event_id: str
    type: str
    occurred_ms: int
    corp_id: str = ""
    user_ids: tuple[str, ...] = ()
    department_ids: tuple[str, ...] = ()
    conversation_id: str = ""
    message_key: str = ""


class Notice(msgspec.Struct, frozen=True, tag="notice", tag_field="job"):
    """Something the bot's administrators must know, and nobody else can act on.

    kind: `push_quota`: DingTalk delivers no more messages this month.
    noticed_ms: milliseconds since the epoch.
    """

    bot: str
    kind: Literal["push_quota"]
    noticed_ms: int


Job = Question | CardAction | OrganisationEvent | Notice


class Citation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source of an answer.

    url: a link a person can open (http or https), or empty.
    place: page or section, in the backend's words.
    """

    title: str
    url: str = ""
    excerpt: str = ""
    place: str = ""


class FileMessage(msgspec.Struct, frozen=True):
    """A file of an answer that goes out as a message of its own.

    media_id: DingTalk's name for its bytes.
    url: where it came from.
    """

    media_id: str
    name: str
    url: str


class Exchange(msgspec.Struct, frozen=True):
    """An earlier question of a session and its answer."""

    question: str
    answer: str


def turn_id_of(bot: str, message_id: str) -> str:
    """The one identity of a question: claim key, card id (`outTrackId`), log field."""
    digest = hashlib.sha256(f"{bot}\n{message_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return "t" + digest[:31]
