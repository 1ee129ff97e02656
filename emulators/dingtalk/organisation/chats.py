"""What was said where: conversations with their messages and cards, in order. No I/O, no clock."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from emulators.dingtalk.organisation.people import RobotApp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulators.dingtalk.organisation.cards import Card
    from emulators.dingtalk.organisation.people import Person


class ConversationKind(str, Enum):
    """DingTalk's `conversationType`."""

    ONE_TO_ONE = "1"
    GROUP = "2"


@dataclass(eq=False)
class Conversation:
    """One chat.

    id: in a group also the openConversationId of the OpenAPI.
    title: the group's name; in a one-to-one chat the robot's.
    entries: messages and cards in the order they appeared.
    """

    id: str
    kind: ConversationKind
    title: str
    people: list[Person]
    robots: list[RobotApp]
    entries: list[Message | Card] = field(default_factory=list, repr=False)

    @property
    def is_group(self) -> bool:
        """A group, as opposed to a private chat with a robot."""
        return self.kind is ConversationKind.GROUP

    @property
    def messages(self) -> list[Message]:
        """The entries that are messages."""
        return [entry for entry in self.entries if isinstance(entry, Message)]

    @property
    def cards(self) -> list[Card]:
        """The entries that are cards."""
        return [entry for entry in self.entries if not isinstance(entry, Message)]


#: How a message came into the chat.
Via = Literal["person", "inline", "session_webhook", "openapi"]


@dataclass(eq=False)
class Message:
    """One message in a chat.

    kind: `msgtype`, or for OpenAPI sends the `msgKey`.
    text: its words as shown; for audio the recognised ones, for a file its name, for a robot's picture its
        address or media id.
    content: the wire's payload.
    sent_at: seconds since the epoch.
    at_user_ids: who was notified.
    undelivered: why the robot did not get a person's message; empty when it did or is about to.
    reactions: names of the emotions on it, in order.
    mentioned: the people, robots apart, whom it mentions.
    to_robot: in a group: it mentions the robot it is pushed to.
    quote: what it replies to.
    process_query_key: what the OpenAPI called it when a robot sent it; empty for all else.
    fields: of the push, in the place of those that are made for it.
    """

    id: str
    conversation: Conversation
    sender: Person | RobotApp
    kind: str
    text: str
    content: Mapping[str, Any]
    sent_at: float
    via: Via
    at_user_ids: tuple[str, ...] = ()
    undelivered: str = ""
    reactions: list[str] = field(default_factory=list)
    mentioned: tuple[Person, ...] = ()
    to_robot: bool = True
    quote: Message | Card | None = None
    process_query_key: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def from_robot(self) -> bool:
        """Said by a robot."""
        return isinstance(self.sender, RobotApp)


class Chats:
    """Every conversation of one organisation.

    Ids are derived from who takes part, so a restart finds the same conversations again.
    """

    def __init__(self, corp_id: str) -> None:
        self._corp_id = corp_id
        self._by_id: dict[str, Conversation] = {}
        self._messages: dict[str, Message] = {}

    @property
    def conversations(self) -> list[Conversation]:
        """Groups and private chats in the order they came up."""
        return list(self._by_id.values())

    def add_group(self, title: str, people: Sequence[Person], robots: Sequence[RobotApp]) -> Conversation:
        """Found a group; two groups of one organisation need different titles here."""
        conversation = Conversation(
            self._id("group", title), ConversationKind.GROUP, title, list(people), list(robots)
        )
        if conversation.id in self._by_id:
            raise ValueError(f"There already is a group {title!r}. Give the second one another title.")
        self._by_id[conversation.id] = conversation
        return conversation

    def private(self, person: Person, robot: RobotApp) -> Conversation:
        """The one-to-one chat of this person with this robot; it comes up when first needed."""
        conversation_id = self._id("private", person.key, robot.robot_code)
        conversation = self._by_id.get(conversation_id)
        if conversation is None:
            conversation = Conversation(
                conversation_id, ConversationKind.ONE_TO_ONE, robot.title, [person], [robot]
            )
            self._by_id[conversation_id] = conversation
        return conversation

    def find(self, conversation_id: str) -> Conversation | None:
        """A conversation by its id."""
        return self._by_id.get(conversation_id)

    def message(self, message_id: str) -> Message | None:
        """A message by its id."""
        return self._messages.get(message_id)

    def post(self, message: Message) -> None:
        """Put a message at the end of its conversation."""
        self._messages[message.id] = message
        message.conversation.entries.append(message)

    def _id(self, *parts: str) -> str:
        digest = hashlib.sha256("\n".join((self._corp_id, *parts)).encode()).digest()
        return f"cid{base64.urlsafe_b64encode(digest[:16]).decode()}"
