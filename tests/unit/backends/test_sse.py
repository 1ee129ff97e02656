from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.sse import Event, EventReader

_TEXT = st.text(max_size=20)
_EVENTS = st.lists(st.dictionaries(_TEXT, _TEXT, max_size=3), max_size=6)

#: Lines a proxy, a ping or a broken server may put between events; none is data of its own.
_GARBAGE = st.lists(
    st.one_of(
        st.sampled_from(
            [b"", b": ping", b":", b"event: ping", b"event", b"id: 3", b"retry: 10", b"data", b"data:"]
        ),
        st.binary(max_size=12).filter(
            lambda line: not set(line) & set(b"\r\n") and not line.startswith(b"data")
        ),
    ),
    max_size=4,
)


def read(*pieces: bytes) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)] + list(reader.feed(b"", final=True))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(ends)]


def encode(event: Event) -> bytes:
    return b"data: " + json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


@given(
    events=_EVENTS,
    garbage=st.lists(_GARBAGE, max_size=6),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    places=st.lists(st.integers(min_value=0), max_size=12),
)
def test_events_survive_any_cut_and_any_noise(
    events: list[Event], garbage: list[list[bytes]], line_end: bytes, places: list[int]
) -> None:
    noise = iter(garbage)
    lines: list[bytes] = [b":"]
    for event in events:
        lines += [*next(noise, []), b"", encode(event), b""]
    stream = line_end.join([*lines, b""])

    assert read(*cut(stream, places)) == events


@given(pieces=st.lists(st.binary(max_size=40), max_size=10))
def test_no_bytes_whatever_raise(pieces: list[bytes]) -> None:
    assert all(isinstance(event, dict) for event in read(*pieces))


def test_every_single_cut_of_a_chinese_answer_reads_the_same() -> None:
    events: list[Event] = [{"text": "补卡"}, {"text": "每月三次。🙂"}, {"text": "\u2028\x85\x0b"}]
    stream = b"\r\n\r\n".join([*map(encode, events), b""])

    for at in range(len(stream) + 1):
        assert read(stream[:at], stream[at:]) == events


def test_an_event_is_given_out_as_soon_as_it_is_complete() -> None:
    reader = EventReader()

    assert list(reader.feed(b'data: {"n": 1}\n')) == []
    assert list(reader.feed(b"\n")) == [{"n": 1}]
    assert list(reader.feed(b'data: {"n": 2}\r\n\r\n')) == [{"n": 2}]


def test_data_on_several_lines_is_one_object() -> None:
    assert read(b'data: {"a":\ndata: 1}\n\n') == [{"a": 1}]


@pytest.mark.parametrize("last", [b'data: {"n": 1}', b'data: {"n": 1}\n', b'data:{"n": 1}\r'])
def test_a_last_event_without_its_blank_line_counts(last: bytes) -> None:
    assert read(last) == [{"n": 1}]


@pytest.mark.parametrize("data", ['{"n": ', "[DONE]", "1", '["n"]', "null", "[" * 100_000, "9" * 5_000])
def test_data_that_is_no_object_is_passed_over(data: str) -> None:
    assert read(f'data: {data}\n\ndata: {{"n": 1}}\n\n'.encode()) == [{"n": 1}]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read(b'\xef\xbb\xbfdata: {"n": 1}\n\n') == [{"n": 1}]
