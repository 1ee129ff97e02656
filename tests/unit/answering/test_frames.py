from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.frames import FrameStream
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.pacing import Mode


@dataclass
class Card:
    """Takes frames one at a time, when the test lets it."""

    refuse: bool = False
    shown: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, text: str) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.shown.append(text)
        self.arrived.set()
        await self.answer.wait()
        self.in_flight -= 1
        if self.refuse:
            raise DingTalkError("Forbidden", "no", status=403)


class HastyClock:
    """A second passes whenever somebody looks."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1_000
        return self.now


@dataclass
class Purse:
    """Allows frames as long as there are any, in the mode it says."""

    thrifty: Mode | None = None
    frames: int = 1_000
    room: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.room.set()

    def mode(self, wanted: Mode) -> Mode:
        return self.thrifty or wanted

    async def for_frame(self, wanted: Mode) -> bool:
        await self.room.wait()
        self.frames -= 1
        return self.frames >= 0 and self.mode(wanted) != "final"


def stream(card: Card, mode: Mode = "live", *, ready: bool = True, purse: Purse | None = None) -> FrameStream:
    has_card: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    has_card.set_result(ready)
    return FrameStream(
        ready=has_card,
        show=card.show,
        mode=mode,
        allowance=purse or Purse(),
        clock=HastyClock(),
        log=lambda *_, **__: None,
    )


async def test_while_a_frame_is_in_flight_only_the_newest_text_is_kept() -> None:
    card = Card()
    frames = stream(card)

    frames.update("一")
    await card.arrived.wait()
    card.arrived.clear()
    for text in ("一二", "一二三", "一二三四"):
        frames.update(text)
    card.answer.set()
    await card.arrived.wait()
    await frames.stop()

    assert card.shown == ["一", "一二三四"]
    assert card.most_in_flight == 1


async def test_stopping_waits_for_the_frame_in_flight() -> None:
    card = Card()
    frames = stream(card)
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
    frames = stream(card, ready=False)

    frames.update("一")
    await frames.stop()

    assert card.shown == []


async def test_nothing_is_shown_before_the_end_in_final_mode() -> None:
    card = Card()
    frames = stream(card, "final")

    frames.update("一")
    await frames.stop()

    assert card.shown == []


async def test_after_three_refusals_the_rest_waits_for_the_final_frame() -> None:
    card = Card(refuse=True)
    card.answer.set()
    frames = stream(card)

    for number in range(6):
        card.arrived.clear()
        frames.update(str(number))
        for _ in range(10):
            await asyncio.sleep(0)
    await frames.stop()

    assert card.shown == ["0", "1", "2"]


async def grow(frames: FrameStream, pieces: int) -> None:
    for number in range(pieces):
        frames.update(str(number))
        for _ in range(20):
            await asyncio.sleep(0)


async def test_a_frame_that_had_to_wait_shows_what_has_come_meanwhile() -> None:
    card, purse = Card(), Purse()
    card.answer.set()
    purse.room.clear()
    frames = stream(card, purse=purse)
    await grow(frames, 3)

    purse.room.set()
    await card.arrived.wait()
    await frames.stop()

    assert card.shown == ["2"]


async def test_the_end_does_not_wait_for_room_for_one_more_frame() -> None:
    card, purse = Card(), Purse()
    purse.room.clear()
    frames = stream(card, purse=purse)
    await grow(frames, 1)

    await frames.stop()

    assert card.shown == []


async def test_when_no_frames_are_left_the_rest_waits_for_the_final_one() -> None:
    card = Card()
    card.answer.set()
    frames = stream(card, purse=Purse(frames=2))

    await grow(frames, 5)
    await frames.stop()

    assert card.shown == ["0", "1"]


async def test_an_answer_falls_to_a_thriftier_mode_while_it_grows() -> None:
    card, purse = Card(), Purse()
    card.answer.set()
    frames = stream(card, purse=purse)

    await grow(frames, 2)
    purse.thrifty = "final"
    await grow(frames, 5)
    await frames.stop()

    assert len(card.shown) == 2
