"""All of DingTalk's side behind one object: the demo and the tests build this and nothing else."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi import OpenApi
from emulators.dingtalk.openapi.callers import caller_url
from emulators.dingtalk.openapi.limits import MonthlyQuota, RateWindow
from emulators.dingtalk.organisation.administration import Administration
from emulators.dingtalk.organisation.chats import Conversation, Message
from emulators.dingtalk.organisation.people import DEMO_CORP_ID, DEMO_GROUP, DEMO_PEOPLE, Person, RobotApp
from emulators.dingtalk.pushing.clicks import Clicks
from emulators.dingtalk.pushing.delivery import Delivery, PushOutcome
from emulators.dingtalk.pushing.events import Events
from emulators.dingtalk.pushing.posting import Poster
from emulators.dingtalk.pushing.pushes import payload_of
from emulators.dingtalk.pushing.sayings import Saying, saying
from emulators.dingtalk.stream import Gateway, StreamPushes
from emulators.dingtalk.tenant import Tenant
from emulators.dingtalk.view import TenantView
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import httpx
    from uvicorn._types import ASGIApplication

    from emulators.dingtalk.organisation.cards import Card
    from emulators.dingtalk.organisation.ledger import Push
    from emulators.dingtalk.pushing.pushes import PushKind
    from emulators.faults import FaultBoard


@dataclass(frozen=True)
class InProcess:
    """Stands in for the network.

    url: our address as it stands in the pushes, without a trailing slash.
    transport: how pushes reach the bots, for example `httpx.ASGITransport(bot)`.
    """

    url: str
    transport: httpx.AsyncBaseTransport


class DingTalkSide(TenantView):
    """DingTalk as one organisation's robots meet it.

    robots: the apps; each is also put into the demo group.
    clock: seconds since the epoch.
    qps: calls per second for each app and API; None: no limit.
    monthly_calls: API calls the organisation may make in a month; None: any number.
    sleep: how the fault `dingtalk.slow` waits.
    in_process: lets it all run without a port, and without Stream; None: over the network.
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
        super().__init__(
            Tenant(corp_id=corp_id, people=DEMO_PEOPLE, robots=robots, clock=clock, new_id=_random_id)
        )
        self.quota = MonthlyQuota(monthly_calls, clock)
        self.gateway = Gateway(self._tenant, faults)
        self.app = OpenApi(
            self._tenant,
            faults,
            rate=RateWindow(qps, clock),
            quota=self.quota,
            url=lambda: self.url,
            sleep=sleep,
            gateway=self.gateway,
        )
        self._in_process = in_process
        self._server: LoopbackServer | None = None
        self._poster = Poster(clock, in_process.transport if in_process else None)
        self._stream = StreamPushes(self._tenant, self.gateway)
        self._delivery = Delivery(self._tenant, faults, self._poster, self._stream)
        self._clicks = Clicks(self._tenant, self._poster, self._stream)
        self._events = Events(self._tenant, self._poster, self._stream)
        self.administration = Administration(self._tenant, self.push_event)
        self.add_group(DEMO_GROUP, self.people)

    # --- running

    async def start(self, port: int = 0) -> None:
        """Serve the APIs on 127.0.0.1; port 0 lets the system choose."""
        # Starlette and uvicorn each describe ASGI with types of their own.
        self._server = LoopbackServer(cast("ASGIApplication", self.app), port=port)
        await self._server.start()
        await self.gateway.start()

    async def stop(self) -> None:
        """End every subscription and close every connection; for good."""
        self._tenant.feed.close()
        await self._stream.close()
        await self.gateway.stop()
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

    def open_client(self, person: Person | None) -> None:
        """From now on pages are opened inside the client of this person; None: in a browser."""
        self.app.logins.client_person = person

    def forbid(self, *words: str) -> None:
        """From now on a frame or a robot's message that shows one of these is a violation; none: no more."""
        self._tenant.forbidden.be(*words)

    def url_of(self, caller: str) -> str:
        """Our address for one caller; the ledger names it beside each of its calls."""
        return caller_url(self.url, caller)

    # --- what people do

    async def say(  # noqa: PLR0913 - whatever one message can hold
        self,
        *,
        person: Person,
        conversation: Conversation,
        robot: RobotApp,
        text: str = "",
        kind: PushKind | None = None,
        pictures: Sequence[bytes] = (),
        file: tuple[str, bytes] | None = None,
        quote: Message | Card | None = None,
        forward: Sequence[Message | Card] = (),
        to_robot: bool = True,
        msg_id: str | None = None,
        times: int = 1,
        fields: Mapping[str, Any] | None = None,
    ) -> PushOutcome:
        """Say something to a robot (in a group: with an @) and push it; returns when the bot has answered.

        text, kind, pictures, file: see `pushing.sayings.saying`. In a group `@name` mentions.
        quote: what it replies to, of the same conversation. forward: what a record consists of, of any.
        to_robot: False: the robot hears it without being mentioned, as with the right to hear a whole group.
        msg_id: one that is already in the chat pushes that message again instead of saying something new.
        times: deliveries of this one message, one after the other.
        fields: of the push, in the place of those made for this message: a shape that some client sends.

        Raises:
            ValueError: a person or robot that is not in the conversation, or what no message can be.
        """
        if person not in conversation.people or robot not in conversation.robots:
            raise ValueError(
                f"{person.nick} and {robot.title} are not both in {conversation.title!r}. Add them to it."
            )
        if quote is not None and quote not in conversation.entries:
            raise ValueError("Only what stands in the same conversation can be quoted. Forward it instead.")
        said = saying(
            text or ("聊天记录" if forward else ""),
            is_group=conversation.is_group,
            kind=kind,
            pictures=pictures,
            file=file,
            people=conversation.people,
            to_robot=to_robot,
            entries=[_entry(one) for one in forward],
        )
        host = self.url
        message = self._tenant.chats.message(msg_id) if msg_id else None
        if message is None:
            message = self._message(person, conversation, robot, said, msg_id)
            message.quote = quote
            message.fields = dict(fields or {})
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
        self, person: Person, conversation: Conversation, robot: RobotApp, said: Saying, msg_id: str | None
    ) -> Message:
        name = said.text if said.kind == "file" else ""
        content = payload_of(
            said,
            is_group=conversation.is_group,
            new_id=self._tenant.new_id,
            keep=lambda data: self._tenant.media.send(data, robot, name=name).code,
        )
        return Message(
            id=msg_id or f"msg{self._tenant.new_id()}==",
            conversation=conversation,
            sender=person,
            kind=said.kind,
            text=said.shown,
            content=content,
            sent_at=self._tenant.clock(),
            via="person",
            mentioned=said.mentioned,
            to_robot=said.to_robot,
        )


def _entry(forwarded: Message | Card) -> tuple[str, str]:
    """Who said it, and what."""
    if not isinstance(forwarded, Message):
        return forwarded.robot.title, forwarded.text
    sender = forwarded.sender
    return sender.title if isinstance(sender, RobotApp) else sender.nick, forwarded.text


def _random_id() -> str:
    return secrets.token_hex(12)
