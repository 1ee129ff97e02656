"""All of DingTalk's side behind one object: the demo and the tests build this and nothing else."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from local.dingtalk import faults as fault
from local.dingtalk.chats import Conversation, Message
from local.dingtalk.clicks import Clicks
from local.dingtalk.delivery import Delivery, Poster, PushOutcome
from local.dingtalk.events import Events
from local.dingtalk.openapi import OpenApi
from local.dingtalk.openapi.limits import MonthlyQuota, RateWindow
from local.dingtalk.organisation import DEMO_CORP_ID, DEMO_GROUP, DEMO_PEOPLE, Person, RobotApp
from local.dingtalk.pushes import PRIVATE_KINDS, PushKind, payload_of
from local.dingtalk.tenant import CardCallback, Tenant
from local.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import httpx
    from uvicorn._types import ASGIApplication

    from local.dingtalk.cards import Card
    from local.dingtalk.feed import Subscription
    from local.dingtalk.ledger import Ledger, Push
    from local.faults import FaultBoard

T = TypeVar("T")


@dataclass(frozen=True)
class InProcess:
    """Stands in for the network.

    url: our address as it stands in the pushes, without a trailing slash.
    transport: how pushes reach the bots, for example `httpx.ASGITransport(bot)`.
    """

    url: str
    transport: httpx.AsyncBaseTransport


class DingTalkSide:
    """DingTalk as one organisation's robots meet it.

    robots: the apps; each is also put into the demo group.
    clock: seconds since the epoch.
    qps: calls per second for each app and API; None: no limit.
    monthly_calls: API calls the organisation may make in a month; None: any number.
    sleep: how the fault `dingtalk.slow` waits.
    in_process: lets it all run without a port; None: over the network.
    """

    def __init__(
        self,
        *,
        robots: Sequence[RobotApp],
        faults: FaultBoard,
        clock: Callable[[], float] = time.time,
        corp_id: str = DEMO_CORP_ID,
        qps: int | None = 20,
        monthly_calls: int | None = 5_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        in_process: InProcess | None = None,
    ) -> None:
        fault.declare(faults)
        self._tenant = Tenant(
            corp_id=corp_id, people=DEMO_PEOPLE, robots=robots, clock=clock, new_id=_random_id
        )
        self.quota = MonthlyQuota(monthly_calls, clock)
        self.app = OpenApi(self._tenant, faults, rate=RateWindow(qps, clock), quota=self.quota, sleep=sleep)
        self._in_process = in_process
        self._server: LoopbackServer | None = None
        self._poster = Poster(clock, in_process.transport if in_process else None)
        self._delivery = Delivery(self._tenant, faults, self._poster)
        self._clicks = Clicks(self._tenant, self._poster)
        self._events = Events(self._tenant, self._poster)
        self.add_group(DEMO_GROUP, self.people)

    # --- running

    async def start(self, port: int = 0) -> None:
        """Serve the APIs on 127.0.0.1; port 0 lets the system choose."""
        # Starlette and uvicorn each describe ASGI with types of their own.
        self._server = LoopbackServer(cast("ASGIApplication", self.app), port=port)
        await self._server.start()

    async def stop(self) -> None:
        """End every subscription and close every connection; for good."""
        self._tenant.feed.close()
        await self._poster.close()
        if self._server is not None:
            await self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """Stands for both `https://api.dingtalk.com` and `https://oapi.dingtalk.com`; no trailing slash."""
        if self._in_process is not None:
            return self._in_process.url
        if self._server is None:
            raise RuntimeError("DingTalk's side is not running. Await start() first.")
        return self._server.url

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
        """Let somebody in; without a `staff_id` it is an outsider."""
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

    # --- what people do

    async def say(
        self,
        *,
        person: Person,
        conversation: Conversation,
        text: str,
        robot: RobotApp,
        kind: PushKind = "text",
        msg_id: str | None = None,
        times: int = 1,
    ) -> PushOutcome:
        """Say something to a robot (in a group: with an @) and push it; returns when the bot has answered.

        text: the words; for audio what was recognised, for a file its name.
        msg_id: one that is already in the chat pushes that message again instead of saying something new.
        times: deliveries of this one message, one after the other.

        Raises:
            ValueError: a person or robot that is not in the conversation, or a kind groups cannot deliver.
        """
        if person not in conversation.people or robot not in conversation.robots:
            raise ValueError(
                f"{person.nick} and {robot.title} are not both in {conversation.title!r}. Add them to it."
            )
        if conversation.is_group and kind in PRIVATE_KINDS:
            raise ValueError(f"A group delivers no {kind} to a robot. Send it in a one-to-one chat.")
        host = self.url
        message = self._tenant.chats.message(msg_id) if msg_id else None
        if message is None:
            message = self._message(person, conversation, text, kind, msg_id)
            self._tenant.show(message)
        return await self._delivery.push(message, robot, host=host, times=times)

    async def click(
        self, card: Card, *, person: Person, action_id: str, params: Mapping[str, Any] | None = None
    ) -> Push:
        """Click a card's button; what the bot answers changes this person's view of the card."""
        return await self._clicks.click(card, person, action_id, params or {})

    async def push_event(
        self,
        robot: RobotApp,
        event_type: str,
        fields: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
    ) -> Push:
        """Push an event to the app's subscription; the same `event_id` again is a repeated delivery."""
        event_id = event_id or f"evt{self._tenant.new_id()}"
        return await self._events.push(robot, event_type, fields or {}, event_id)

    def _message(
        self, person: Person, conversation: Conversation, text: str, kind: PushKind, msg_id: str | None
    ) -> Message:
        return Message(
            id=msg_id or f"msg{self._tenant.new_id()}==",
            conversation=conversation,
            sender=person,
            kind=kind,
            text=text,
            content=payload_of(kind, text, is_group=conversation.is_group, new_id=self._tenant.new_id),
            sent_at=self._tenant.clock(),
            via="person",
        )


def _random_id() -> str:
    return secrets.token_hex(12)


def _only(key: str, known: Mapping[str, T], what: str) -> T:
    if key not in known:
        raise LookupError(f"There is no {what} {key!r}. There is: {', '.join(known) or 'none'}.")
    return known[key]
