"""What there is to look at in one organisation's DingTalk: who is there, and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from emulators.dingtalk.organisation.people import DEMO_GROUP, Person, RobotApp
from emulators.dingtalk.tenant import CardCallback, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emulators.dingtalk.organisation.cards import Card
    from emulators.dingtalk.organisation.chats import Conversation, Message
    from emulators.dingtalk.organisation.directory import Directory
    from emulators.dingtalk.organisation.feed import Subscription
    from emulators.dingtalk.organisation.ledger import Ledger
    from emulators.dingtalk.organisation.media import Media

T = TypeVar("T")


class TenantView:
    """An organisation as the demo and the tests see it, and let people and groups into it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    # --- who is there

    @property
    def corp_id(self) -> str:
        """The organisation's id."""
        return self._tenant.corp_id

    @property
    def people(self) -> list[Person]:
        """Everybody, outsiders included."""
        return list(self._tenant.people)

    @property
    def directory(self) -> Directory:
        """Departments and roles."""
        return self._tenant.directory

    @property
    def robots(self) -> list[RobotApp]:
        """The robots, as given."""
        return list(self._tenant.robots)

    @property
    def conversations(self) -> list[Conversation]:
        """Groups, and the private chats that have come up."""
        return self._tenant.chats.conversations

    def person(self, nick: str) -> Person:
        """A person by the name shown in the chat; raises LookupError."""
        return _only(nick, {person.nick: person for person in self._tenant.people}, "person")

    def robot(self, name: str) -> RobotApp:
        """A robot by the bot's name; raises LookupError."""
        return _only(name, {robot.name: robot for robot in self._tenant.robots}, "robot")

    def group(self, title: str = DEMO_GROUP) -> Conversation:
        """A group by its title; raises LookupError."""
        groups = {one.title: one for one in self._tenant.chats.conversations if one.is_group}
        return _only(title, groups, "group")

    def private(self, person: Person, robot: RobotApp) -> Conversation:
        """This person's one-to-one chat with this robot."""
        return self._tenant.chats.private(person, robot)

    def conversation(self, conversation_id: str) -> Conversation:
        """A conversation by its id; raises LookupError."""
        return _only(conversation_id, {one.id: one for one in self.conversations}, "conversation")

    def add_person(self, person: Person) -> Person:
        """Let a person in; without a `staff_id` it is an outsider."""
        self._tenant.people.append(person)
        return person

    def add_group(
        self, title: str, people: Sequence[Person], robots: Sequence[RobotApp] | None = None
    ) -> Conversation:
        """Found a group; with every robot unless told which."""
        return self._tenant.chats.add_group(title, people, self.robots if robots is None else robots)

    def route_clicks(self, route: str, url: str, api_secret: str) -> None:
        """Register where the clicks on cards with this `callbackRouteKey` go, as the OpenAPI would."""
        self._tenant.callbacks[route] = CardCallback(url, api_secret)

    # --- what happened

    @property
    def ledger(self) -> Ledger:
        """Every push, every call, every broken rule."""
        return self._tenant.ledger

    @property
    def media(self) -> Media:
        """The pictures and files that people sent, and `media.uploads`: those that robots uploaded."""
        return self._tenant.media

    def card(self, out_track_id: str) -> Card:
        """A card; raises LookupError when there is none."""
        return _only(out_track_id, self._tenant.cards, "card")

    def cards(self, conversation: Conversation) -> list[Card]:
        """The cards shown in a conversation, oldest first."""
        return conversation.cards

    def messages(self, conversation: Conversation) -> list[Message]:
        """The messages of a conversation, oldest first."""
        return conversation.messages

    def subscribe(self) -> Subscription:
        """The changes from now on; use it as a context manager and iterate with `async for`."""
        return self._tenant.feed.subscribe()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:
        """Wait until the predicate is true, asked again at every change; see `Feed.wait_for`."""
        return await self._tenant.feed.wait_for(predicate, timeout)


def _only(key: str, known: Mapping[str, T], what: str) -> T:
    if key not in known:
        raise LookupError(f"There is no {what} {key!r}. There is: {', '.join(known) or 'none'}.")
    return known[key]
