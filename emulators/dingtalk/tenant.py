"""One organisation's DingTalk at rest: who is there, what is shown, what is recorded; publishes changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.dingtalk.organisation.chats import Chats, Conversation, Message, Via
from emulators.dingtalk.organisation.directory import demo_directory
from emulators.dingtalk.organisation.feed import Feed
from emulators.dingtalk.organisation.forbidden import Forbidden
from emulators.dingtalk.organisation.ledger import Call, Ledger, Push
from emulators.dingtalk.organisation.media import Media
from emulators.dingtalk.pushing.session_webhooks import SessionWebhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emulators.dingtalk.organisation.cards import Card, Frame
    from emulators.dingtalk.organisation.people import Person, RobotApp
    from emulators.dingtalk.replies import Reply


@dataclass(frozen=True)
class CardCallback:
    """Where the clicks on an app's cards go: what `callbackRouteKey` stands for."""

    url: str
    api_secret: str


class Tenant:
    """The state that pushes and API calls share.

    clock: seconds since the epoch. new_id: a fresh id on each call, letters and digits.
    """

    def __init__(
        self,
        *,
        corp_id: str,
        people: Sequence[Person],
        robots: Sequence[RobotApp],
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        for attribute in ("name", "client_id", "robot_code"):
            values = [getattr(robot, attribute) for robot in robots]
            if len(set(values)) != len(values):
                raise ValueError(f"Two robots share one {attribute}: {values}. Give each its own.")
        self.corp_id = corp_id
        self.people = list(people)
        self.robots = list(robots)
        self.directory = demo_directory()
        self.clock = clock
        self.new_id = new_id
        self.chats = Chats(corp_id)
        self.cards: dict[str, Card] = {}
        self.callbacks: dict[str, CardCallback] = {}
        self.webhooks = SessionWebhooks(new_id)
        self.media = Media(new_id)
        self.ledger = Ledger(clock)
        self.feed = Feed(clock)
        self.forbidden = Forbidden()

    @property
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return round(self.clock() * 1000)

    def member(self, user_id: str, *, by_union_id: bool = False) -> Person | None:
        """The member of the organisation with this userId (or unionId); outsiders are not found."""
        members = (person for person in self.people if person.staff_id)
        return next(
            (one for one in members if user_id == (one.union_id if by_union_id else one.staff_id)), None
        )

    def robot_of_client(self, client_id: str) -> RobotApp | None:
        """The robot of the app with this Client ID."""
        return next((robot for robot in self.robots if robot.client_id == client_id), None)

    def robot_says(
        self,
        conversation: Conversation,
        robot: RobotApp,
        reply: Reply,
        via: Via,
        *,
        process_query_key: str = "",
    ) -> Message:
        """Show a robot's message.

        process_query_key: what the OpenAPI calls it.
        """
        message = Message(
            id=f"msg{self.new_id()}==",
            conversation=conversation,
            sender=robot,
            kind=reply.kind,
            text=reply.text,
            content=reply.content,
            sent_at=self.clock(),
            via=via,
            at_user_ids=reply.at_user_ids,
            process_query_key=process_query_key,
        )
        self.show(message)
        return message

    def show(self, message: Message) -> None:
        """Show a message at the end of its conversation."""
        if message.from_robot:
            self._read("", message.text, str(message.content))
        self.chats.post(message)
        self.feed.publish("message", message.conversation, message)

    def message_changed(self, message: Message) -> None:
        """Tell that a message's delivery or its reactions changed."""
        self.feed.publish("message_changed", message.conversation, message)

    def issue_card(self, card: Card, conversations: Sequence[Conversation]) -> None:
        """Keep a card and show it where it was delivered."""
        self.cards[card.out_track_id] = card
        self._read(card.out_track_id, *card.variables.values())
        card.conversations.extend(conversations)
        for conversation in conversations:
            conversation.entries.append(card)
        self.feed.publish("card", card.conversation, card)
        if card.closed:
            # Created with its whole text.
            self.feed.publish("closed", card.conversation, card, None)

    def card_changed(self, card: Card, frame: Frame | None, *, was_closed: bool) -> None:
        """Tell that a card changed, and once more when that closed it."""
        self._read(card.out_track_id, *card.variables.values())
        self.feed.publish("frame", card.conversation, card, frame)
        if card.closed and not was_closed:
            self.feed.publish("closed", card.conversation, card, frame)

    def _read(self, out_track_id: str, *texts: str) -> None:
        for text in texts:
            if word := self.forbidden.in_text(text):
                self.ledger.violates(out_track_id, f"the forbidden word {word} is shown")

    def call_answered(self, call: Call, status: int | None, code: str = "") -> None:
        """Record the end of an API call."""
        card = self.cards.get(call.out_track_id)
        if card is not None and card.conversation is not None:
            call.conversation_id = card.conversation.id
        self.ledger.end(call, status, code)
        self.feed.publish("call", self.chats.find(call.conversation_id), call)

    def pushed(self, push: Push, conversation: Conversation | None) -> None:
        """Record the end of a push."""
        self.ledger.pushes.append(push)
        self.feed.publish("push", conversation, push)
