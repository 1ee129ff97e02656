"""The picture of a report, read by a decoder of its own."""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.report.bars import Bar, bars_of
from rag_on_dingtalk.observability.report.canvas import Canvas, width_of
from rag_on_dingtalk.observability.report.picture import (
    ANSWERED,
    HEIGHT,
    INK,
    OTHERS,
    PALETTE,
    WIDTH,
    picture_of,
    top_of,
)

HOUR_MS = 3_600_000
#: 00:00 in China on 2026-11-29, a Sunday.
MIDNIGHT = 1_795_881_600_000
DAY = "2026-11-29"

counts = st.one_of(st.integers(0, 9), st.integers(0, 10**7))
bars = st.builds(Bar, answered=counts, others=counts)


def decoded(data: bytes) -> list[bytes]:
    """The rows of colour numbers of a PNG with a palette of up to 256 colours."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        at += 12 + length
    assert [kind for kind, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, bits, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (bits, colour, compression, filtering, interlace) == (8, 3, 0, 0, 0)
    raw = zlib.decompress(chunks[2][1])
    assert len(raw) == height * (width + 1)
    rows = [raw[at : at + width + 1] for at in range(0, len(raw), width + 1)]
    assert {row[0] for row in rows} == {0}
    assert max(map(max, rows)) < len(chunks[1][1]) // 3
    return [row[1:] for row in rows]


def columns(rows: list[bytes]) -> list[tuple[int, int]]:
    """How high both colours stand in each bar of 24, in dots; the bars are told apart by the gaps."""
    dots = b"".join(rows)
    heights = [
        (column.count(ANSWERED), column.count(OTHERS)) for column in (dots[x::WIDTH] for x in range(WIDTH))
    ]
    runs = [heights[0]]
    for one in heights[1:]:
        if one != runs[-1]:
            runs.append(one)
    return [one for one in runs if one != (0, 0)]


@given(st.lists(bars, min_size=24, max_size=24))
def test_any_day_is_a_picture_whose_bars_stand_as_high_as_their_counts(day: list[Bar]) -> None:
    rows = decoded(picture_of(day))

    assert (len(rows[0]), len(rows)) == (WIDTH, HEIGHT)
    top = top_of(max(bar.answered + bar.others for bar in day))
    # From the lowest line to the highest one.
    lines = [y for y, row in enumerate(rows) if row[WIDTH - 20] != 0]
    found = columns(rows)
    shown = [bar for bar in day if bar.answered or bar.others]
    assert len(found) == len(shown)
    room = max(sum(one) for one in found) if found else 0
    assert room <= HEIGHT
    assert lines
    for bar, (answered, others) in zip(shown, found, strict=True):
        assert (answered > 0, others > 0) == (bar.answered > 0, bar.others > 0)
        most = max(shown, key=lambda one: one.answered + one.others)
        share = (bar.answered + bar.others) / (most.answered + most.others)
        assert answered + others == pytest.approx(share * room, abs=7)
        if bar.answered > bar.others:
            assert answered >= others - 3
    assert top >= max((bar.answered + bar.others for bar in day), default=0)


def test_a_bar_is_divided_as_its_questions_are() -> None:
    found = columns(decoded(picture_of([Bar(answered=30, others=10), *[Bar()] * 23])))

    ((answered, others),) = found
    assert answered == pytest.approx(3 * others, abs=2)


def test_one_question_among_thousands_is_seen() -> None:
    found = columns(decoded(picture_of([Bar(others=1), Bar(answered=9_000), *[Bar()] * 22])))

    assert found[0][1] >= 2


def test_every_digit_is_written_differently_and_stays_in_its_width() -> None:
    seen = set()
    for digit in "0123456789":
        canvas = Canvas(width_of(digit, 4), 20, PALETTE)
        canvas.write(digit, 0, 0, INK, scale=4)
        seen.add(canvas.png())
        wider = Canvas(width_of(digit, 4) + 40, 60, PALETTE)
        wider.write(digit, 20, 20, INK, scale=4)
        inked = sum(row.count(INK) for row in decoded(wider.png()))
        assert inked == sum(row.count(INK) for row in decoded(canvas.png()))

    assert len(seen) == 10


@pytest.mark.parametrize("hour", ["0", "6", "12", "18"])
def test_the_hours_stand_below_their_bars(hour: str) -> None:
    day = [Bar(answered=1)] * 24
    at = int(hour)
    written = decoded(picture_of([*day[:at], Bar(label=hour, answered=1), *day[at + 1 :]]))
    blank = decoded(picture_of(day))

    different = [
        x for x in range(WIDTH) if any(one[x] != other[x] for one, other in zip(written, blank, strict=True))
    ]

    edges = [x for x in range(1, WIDTH) if blank[250][x] != blank[250][x - 1]]
    start, end = edges[2 * at], edges[2 * at + 1]
    assert start - 8 <= different[0]
    assert different[-1] <= end + 8


def test_a_picture_stays_small() -> None:
    assert len(picture_of([Bar(label="23", answered=n * 13, others=n) for n in range(24)])) < 5_000


def event(at_ms: int, outcome: str) -> QuestionEvent:
    return QuestionEvent(turn_id=f"t{at_ms}", bot="b", asked_ms=at_ms, outcome=outcome)


def test_a_day_has_a_bar_an_hour_of_china() -> None:
    asked = [
        event(MIDNIGHT, "answered"),
        event(MIDNIGHT + 9 * HOUR_MS, "nothing_found"),
        event(MIDNIGHT + 10 * HOUR_MS - 1, "failed"),
    ]

    found = bars_of(asked, first=DAY, last=DAY)

    assert [bar.label for bar in found if bar.label] == ["0", "6", "12", "18"]
    assert found[0] == Bar(label="0", answered=1)
    assert found[9] == Bar(others=2)
    assert sum(bar.answered + bar.others for bar in found) == 3


def test_a_week_has_a_bar_a_day() -> None:
    asked = [event(MIDNIGHT - day * 24 * HOUR_MS, "answered") for day in (0, 6, 6)]

    found = bars_of(asked, first="2026-11-23", last=DAY)

    assert [bar.label for bar in found] == [str(day) for day in range(23, 30)]
    assert [bar.answered for bar in found] == [2, 0, 0, 0, 0, 0, 1]


def test_the_top_is_round_and_never_too_low() -> None:
    tops = [top_of(most) for most in range(2_000)]

    assert all(most <= top for most, top in enumerate(tops))
    assert tops == list(accumulate(tops, max))
    assert all(top % 2 == 0 for top in tops[2:])
