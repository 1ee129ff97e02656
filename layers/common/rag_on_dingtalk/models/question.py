"""A question as it travels: who asked what, where, and what came with it. Pure."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Literal

import msgspec

_TURN_ID_DIGITS, _HEX = 31, frozenset("0123456789abcdef")


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
    second_code: `pictureDownloadCode`, for when `code` is refused; empty when there is one code only.
    """

    kind: Literal["picture", "file", "audio", "video"]
    code: str
    name: str = ""
    second_code: str = ""


class Quote(msgspec.Struct, frozen=True, omit_defaults=True):
    """The message that a message replies to.

    text: its words; a picture in them is a mark as in `Question.text`. Empty when nothing could be read.
    kind: DingTalk's `msgType` of it, empty when the push does not name one.
    own: the bot sent it.
    ids: what DingTalk calls it, the surest first: `originalProcessQueryKey`, then `msgId`s.
    """

    text: str = ""
    kind: str = ""
    own: bool = False
    ids: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is anything of it to pass on."""
        return bool(self.text)


class Mention(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person, not the bot, whom a message mentions.

    mark: how the mention stands in `Question.text`, for example `@user0001`.
    staff_id: empty for people outside the organisation, and where DingTalk lists encrypted ids only.
    name: empty when the push gives none.
    """

    mark: str
    staff_id: str = ""
    name: str = ""


class Question(msgspec.Struct, frozen=True, omit_defaults=True, tag="question", tag_field="job"):
    """One message of one person to one bot, as it travels through the queue.

    turn_id: identity of the question; see `turn_id_of`.
    text: its words; a picture in the midst of them is a marker such as `[图片1]`.
    message_type: DingTalk's `msgtype`; `text` is empty when the message carries none.
    quoted: the words of the message it replies to, as jobs from before `quote` have them; read `reply_to`.
    quote: the message it replies to; None when it replies to none.
    mentions: the people whose marks stand in `text`.
    waiting: it waits without an invocation and is delivered to see whether its turn has come.
    repeats: the turn this one asks again, empty for a message.
    above: the route of an answer that was not deep enough; empty: none was.
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
    quote: Quote | None = None
    mentions: tuple[Mention, ...] = ()
    waiting: bool = False
    above: str = ""

    @property
    def reply_to(self) -> Quote | None:
        """The message it replies to, whichever edition wrote the job."""
        return self.quote or (Quote(text=self.quoted) if self.quoted else None)


def turn_id_of(bot: str, message_id: str) -> str:
    """The one identity of a question: claim key, card id (`outTrackId`), log field."""
    digest = hashlib.sha256(f"{bot}\n{message_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return "t" + digest[:_TURN_ID_DIGITS]


def is_turn_id(text: str) -> bool:
    """Whether `turn_id_of` may have made it: our cards have no other ids."""
    letter, digits = text[:1], text[1:]
    return letter == "t" and len(digits) == _TURN_ID_DIGITS and _HEX.issuperset(digits)
