from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.transport.events import DONE, Event
from rag_on_dingtalk.backends.transport.sse import EventReader

_TEXT = st.text(max_size=20)
_DATA = st.one_of(st.dictionaries(_TEXT, _TEXT, max_size=3), st.lists(_TEXT, max_size=3), st.just(DONE))
_EVENTS = st.lists(st.builds(Event, _DATA, st.sampled_from(["", "answer", "error"])), max_size=6)

#: Lines a proxy, a ping or a broken server may put between events; none is data of its own.
_GARBAGE = st.lists(
    st.one_of(
        st.sampled_from(
            [b"", b": ping", b":", b"event: ping", b"event", b"id: 3", b"retry: 10", b"data", b"data:"]
        ),
        st.binary(max_size=12).filter(
            lambda line: not set(line) & set(b"\r\n") and not line.startswith((b"data", b"event"))
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
    data = DONE if event.data == DONE else json.dumps(event.data, ensure_ascii=False)
    name = f"event: {event.name}\n" if event.name else ""
    return f"{name}data: {data}".encode("utf-8", "replace")


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
        lines += [*next(noise, []), b"", *encode(event).split(b"\n"), b""]
    stream = line_end.join([*lines, b""])

    assert read(*cut(stream, places)) == events


@given(pieces=st.lists(st.binary(max_size=40), max_size=10))
def test_no_bytes_whatever_raise(pieces: list[bytes]) -> None:
    assert all(isinstance(event.data, dict | list) or event.data == DONE for event in read(*pieces))


def test_every_single_cut_of_a_chinese_answer_reads_the_same() -> None:
    events = [Event({"text": text}, "answer") for text in ("补卡", "每月三次。🙂", "\u2028\x85\x0b")]
    stream = b"\r\n\r\n".join([*map(encode, events), b""])

    for at in range(len(stream) + 1):
        assert read(stream[:at], stream[at:]) == events


def test_an_event_is_given_out_as_soon_as_it_is_complete() -> None:
    reader = EventReader()

    assert list(reader.feed(b'data: {"n": 1}\n')) == []
    assert list(reader.feed(b"\n")) == [Event({"n": 1})]
    assert list(reader.feed(b'data: {"n": 2}\r\n\r\n')) == [Event({"n": 2})]


def test_a_name_belongs_to_its_own_event_only() -> None:
    stream = b'event: ping\n\nevent: error\ndata: {"n": 1}\n\ndata: [1]\n\ndata: [DONE]\n\n'

    assert read(stream) == [Event({"n": 1}, "error"), Event([1]), Event(DONE)]
    assert [event.fields for event in read(stream)] == [{"n": 1}, {}, {}]


def test_data_on_several_lines_is_one_object() -> None:
    assert read(b'data: {"a":\ndata: 1}\n\n') == [Event({"a": 1})]


@pytest.mark.parametrize("last", [b'data: {"n": 1}', b'data: {"n": 1}\n', b'data:{"n": 1}\r'])
def test_a_last_event_without_its_blank_line_counts(last: bytes) -> None:
    assert read(last) == [Event({"n": 1})]


@pytest.mark.parametrize("data", ['{"n": ', "[DONE", "1", '"n"', "null", "[" * 100_000, "9" * 5_000])
def test_data_that_is_neither_object_nor_array_is_passed_over(data: str) -> None:
    assert read(f'data: {data}\n\ndata: {{"n": 1}}\n\n'.encode()) == [Event({"n": 1})]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read(b'\xef\xbb\xbfdata: {"n": 1}\n\n') == [Event({"n": 1})]


PLAIN = st.sampled_from(
    (
        b'data: {"a": 1}\n\n',
        'data: {"a": "字\u2028"}\n\n'.encode(),
        b"data: {}\n\n",
        b'data: {"a": 1}\n',
        b'data: {"a":\n\n',
        b'data: {"a": NaN}\n\n',
        b'data: {"a": "\xff"}\n\n',
        b'data: {"a": 1}\r\n\r\n',
        b"data: [DONE]\n\n",
        b"event: error\n",
        b": ping\n\n",
        b'message:\ndata: {"b": 2}\n\n',
        b'data: {"a": 1}\ndata: {"b": 2}\n\n',
    )
)


@given(pieces=st.lists(PLAIN, max_size=12))
def test_whole_events_are_read_as_single_bytes_are(pieces: list[bytes]) -> None:
    whole, bytewise = EventReader(), EventReader()

    at_once = [event for piece in pieces for event in whole.feed(piece)] + list(whole.feed(b"", final=True))
    apart = [event for byte in b"".join(pieces) for event in bytewise.feed(bytes((byte,)))]
    apart += bytewise.feed(b"", final=True)

    # NaN is unequal to itself.
    assert repr(at_once) == repr(apart)
    assert whole.damage == bytewise.damage
