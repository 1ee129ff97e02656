"""The change feed: its readers are told when something happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from emulators.dingtalk.organisation.cards import Card, Frame
    from emulators.dingtalk.organisation.chats import Conversation, Message
    from emulators.dingtalk.organisation.ledger import Call, Push
    from emulators.dingtalk.stream import Connection

T = TypeVar("T")

ChangeKind = Literal["message", "message_changed", "card", "frame", "closed", "push", "call", "stream"]


class FeedClosedError(RuntimeError):
    """Raised when a reader still waits for a change after the last one."""


@dataclass(frozen=True)
class Change:
    """One thing that happened.

    seq: 1, 2, 3 … without gaps.
    kind: `message` and `card` were added; `message_changed` its delivery or a reaction; `frame` a card's
        content or state, with the frame when a call wrote one; `closed` a card finished or failed; `push` its
        result; `call` an API call was answered; `stream` a Stream connection began or ended.
    conversation: None for what belongs to none.
    """

    seq: int
    at: float
    kind: ChangeKind
    conversation: Conversation | None
    subject: Message | Card | Push | Call | Connection
    frame: Frame | None = None


class Subscription(AsyncIterator[Change]):
    """The changes from now on, in order; ends when the feed closes. A context manager that unsubscribes."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue()

    async def __anext__(self) -> Change:
        change = await self._queue.get()
        if change is None:
            # A reader that asks again is told again.
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return change

    def put(self, change: Change | None) -> None:
        """Take a change, or None for the end."""
        self._queue.put_nowait(change)

    def close(self) -> None:
        """Stop listening; the iterator ends after what it already has."""
        self._feed.forget(self)
        self.put(None)

    def __enter__(self) -> Subscription:  # noqa: PYI034 - typing.Self is 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Feed:
    """Tells every subscriber of every change; used from one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seq = 0
        self._subscribers: list[Subscription] = []

    def publish(
        self,
        kind: ChangeKind,
        conversation: Conversation | None,
        subject: Message | Card | Push | Call | Connection,
        frame: Frame | None = None,
    ) -> None:
        """Tell everybody."""
        self._seq += 1
        change = Change(self._seq, self._clock(), kind, conversation, subject, frame)
        for subscriber in self._subscribers:
            subscriber.put(change)

    def subscribe(self) -> Subscription:
        """Listen from this moment, not from the first `async for`."""
        subscription = Subscription(self)
        self._subscribers.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Tell this one nothing more."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)

    async def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:
        """Wait until the predicate is true and return what it returned; it is asked again at every change.

        timeout: seconds. A LookupError of the predicate means "not there yet".

        Raises:
            TimeoutError: it did not become true in time.
            FeedClosedError: the feed was closed before.
        """
        with self.subscribe() as changes:
            try:
                return await asyncio.wait_for(_first_true(predicate, changes), timeout)
            except asyncio.TimeoutError:
                raise TimeoutError(
                    f"Nothing that happened within {timeout} s made the condition true. "
                    f"Look at ledger.pushes and ledger.calls to see how far it came."
                ) from None

    def close(self) -> None:
        """End every subscription."""
        for subscription in list(self._subscribers):
            subscription.close()


async def _first_true(predicate: Callable[[], T], changes: Subscription) -> T:
    while True:
        try:
            found = predicate()
        except LookupError:
            pass
        else:
            if found:
                return found
        try:
            await changes.__anext__()
        except StopAsyncIteration:
            raise FeedClosedError(
                "DingTalk's side was stopped before the condition became true. Wait first, then stop it."
            ) from None
