from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.card_stream import CardStream
from rag_on_dingtalk.dingtalk.openapi.call_gate import USED_UP, not_sent
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rag_on_dingtalk.delivery.pacing import Mode


@dataclass
class Purse:
    """The mode that the month leaves, the frames it has, and whether the second has room for one."""

    mode: Mode = "live"
    frames: int = 1_000
    room: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.room.set()

    async def reserve(self) -> None:
        """Wait for room; refused when there are no frames left."""
        await self.room.wait()
        self.frames -= 1
        if self.frames < 0 or self.mode == "final":
            raise not_sent(USED_UP, "no calls left")


@dataclass
class Card:
    """Takes frames one at a time, when the test lets it."""

    purse: Purse = field(default_factory=Purse)

    refuse: bool = False
    shown: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, newest: Callable[[], str]) -> None:
        await self.purse.reserve()
        text = newest()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.shown.append(text)
        self.arrived.set()
        await self.answer.wait()
        self.in_flight -= 1
        if self.refuse:
            raise DingTalkError("Forbidden", "no", status=403)


class HastyClock:
    """A second passes at every look."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1_000
        return self.now


@asynccontextmanager
async def stream(card: Card, *, ready: bool = True) -> AsyncIterator[CardStream]:
    """A stream that runs while the test does; leaving stops it and waits for its end."""

    async def opened() -> bool:
        return ready

    frames = CardStream(
        opened=opened,
        show=card.show,
        pace=card.purse,
        clock=HastyClock(),
        log=lambda *_, **__: None,
    )
    running = asyncio.create_task(frames.run())
    try:
        yield frames
    finally:
        await frames.stop()
        await running


async def test_while_a_frame_is_in_flight_only_the_newest_text_is_kept() -> None:
    card = Card()
    async with stream(card) as frames:
        frames.update("一")
        await card.arrived.wait()
        card.arrived.clear()
        for text in ("一二", "一二三", "一二三四"):
            frames.update(text)
        card.answer.set()
        await card.arrived.wait()

    assert card.shown == ["一", "一二三四"]
    assert card.most_in_flight == 1


async def test_stopping_waits_for_the_frame_in_flight() -> None:
    card = Card()
    async with stream(card) as frames:
        frames.update("一")
        await card.arrived.wait()

        stopping = asyncio.ensure_future(frames.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        card.answer.set()
        await stopping

        assert card.in_flight == 0


async def test_nothing_is_shown_without_a_card() -> None:
    card = Card()
    async with stream(card, ready=False) as frames:
        frames.update("一")

    assert card.shown == []


async def test_nothing_is_shown_before_the_end_in_final_mode() -> None:
    card = Card(Purse("final"))
    async with stream(card) as frames:
        frames.update("一")

    assert card.shown == []


async def test_after_three_refusals_the_rest_waits_for_the_final_frame() -> None:
    card = Card(refuse=True)
    card.answer.set()
    async with stream(card) as frames:
        for number in range(6):
            card.arrived.clear()
            frames.update(str(number))
            for _ in range(10):
                await asyncio.sleep(0)

    assert card.shown == ["0", "1", "2"]


async def grow(frames: CardStream, pieces: int) -> None:
    for number in range(pieces):
        frames.update(str(number))
        for _ in range(20):
            await asyncio.sleep(0)


async def test_a_frame_that_had_to_wait_shows_what_has_come_meanwhile() -> None:
    card = Card(purse := Purse())
    card.answer.set()
    purse.room.clear()
    async with stream(card) as frames:
        await grow(frames, 3)

        purse.room.set()
        await card.arrived.wait()

    assert card.shown == ["2"]


async def test_the_end_does_not_wait_for_room_for_one_more_frame() -> None:
    card = Card(purse := Purse())
    purse.room.clear()
    async with stream(card) as frames:
        await grow(frames, 1)

    assert card.shown == []


async def test_when_no_frames_are_left_the_rest_waits_for_the_final_one() -> None:
    card = Card(Purse(frames=2))
    card.answer.set()
    async with stream(card) as frames:
        await grow(frames, 5)

    assert card.shown == ["0", "1"]


async def test_an_answer_falls_to_a_thriftier_mode_while_it_grows() -> None:
    card = Card(purse := Purse())
    card.answer.set()
    async with stream(card) as frames:
        await grow(frames, 2)
        purse.mode = "final"
        await grow(frames, 5)

    assert len(card.shown) == 2


async def test_a_frame_whose_room_comes_as_the_answer_ends_is_not_sent() -> None:
    card = Card(purse := Purse())
    purse.room.clear()
    async with stream(card) as frames:
        await grow(frames, 1)
        # The waiting frame wakes up before the cancellation reaches it.
        purse.room.set()

    assert card.shown == []


async def test_the_mode_is_looked_at_again_when_a_frame_has_waited() -> None:
    card = Card(purse := Purse())
    purse.room.clear()
    async with stream(card) as frames:
        await grow(frames, 1)
        purse.mode = "final"
        purse.room.set()
        await grow(frames, 2)

    assert card.shown == []
