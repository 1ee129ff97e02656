"""The bars of a report as a picture that a phone shows whole. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.observability.report.canvas import Canvas, height_of, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.observability.report.bars import Bar

#: A phone shows a message about 360 points wide, of two dots each.
WIDTH, HEIGHT = 720, 320
PAPER, LINE, INK, ANSWERED, OTHERS = range(5)
#: Blue and orange: apart for people who cannot tell red from green, too.
PALETTE = ((255, 255, 255), (225, 229, 234), (90, 98, 110), (64, 128, 240), (250, 150, 40))
_SCALE = 4
_MARGIN = 16
#: Less of a bar would not be seen.
_LEAST = 3


def picture_of(bars: Sequence[Bar]) -> bytes:
    """The PNG: answered questions below, the others on top of them, the numbers on the left.

    bars: at least one.
    """
    canvas = Canvas(WIDTH, HEIGHT, PALETTE)
    highest = top_of(max((bar.answered + bar.others for bar in bars), default=0))
    left = _MARGIN + width_of(str(highest), _SCALE) + _MARGIN
    top, bottom = _MARGIN + height_of(_SCALE) // 2, HEIGHT - _MARGIN * 2 - height_of(_SCALE)
    right = WIDTH - _MARGIN
    for number in sorted({0, highest // 2, highest}):
        y = bottom - scaled(number, highest, bottom - top)
        canvas.fill(left, y, right - left, 2, LINE)
        text = str(number)
        canvas.write(
            text,
            left - _MARGIN - width_of(text, _SCALE),
            y - height_of(_SCALE) // 2,
            INK,
            scale=_SCALE,
        )
    for place, bar in enumerate(bars):
        start = left + (right - left) * place // len(bars)
        room = left + (right - left) * (place + 1) // len(bars) - start
        gap = max(room // 5, 1)
        answered, others = heights(bar, highest, bottom - top)
        canvas.fill(start + gap, bottom - answered, room - gap, answered, ANSWERED)
        canvas.fill(start + gap, bottom - answered - others, room - gap, others, OTHERS)
        # In the middle of its bar, and inside the picture.
        middle = start + gap + (room - gap - width_of(bar.label, _SCALE)) // 2
        canvas.write(bar.label, max(middle, left), bottom + _MARGIN, INK, scale=_SCALE)
    return canvas.png()


def top_of(most: int) -> int:
    """The number at the top, which is even from 2 on: its half is written, too.

    >>> [top_of(most) for most in (0, 1, 3, 7, 11, 41, 999)]
    [1, 1, 4, 8, 20, 60, 1000]
    """
    if most <= 1:
        return 1
    step = 1
    while True:
        for digit in (2, 4, 6, 8):
            if most <= digit * step:
                return digit * step
        step *= 10
        if most <= step:
            return step


def heights(bar: Bar, highest: int, room: int) -> tuple[int, int]:
    """The heights of both parts; what there is can be seen, and both together stay within the room.

    highest: the number at the top of the room.
    """
    least = _LEAST * ((bar.answered > 0) + (bar.others > 0))
    whole = min(max(scaled(bar.answered + bar.others, highest, room), least), room)
    others = max(whole - scaled(bar.answered, highest, room), _LEAST) if bar.others else 0
    if bar.answered:
        others = min(others, whole - _LEAST)
    return whole - others, others


def scaled(number: int, highest: int, room: int) -> int:
    """How high a number stands, rounded."""
    return (2 * number * room + highest) // (2 * highest)
