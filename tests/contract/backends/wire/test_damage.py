"""Every backend: an answer with a damaged event is whole, or says that something is missing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.backends.transport.events import DONE
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.replayed import replay
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.openai import OpenAIDialect
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.outcome import Outcome

WORDS = ["差旅住宿：一线 ", "500 元，二线 ", "300 元，", "凭票\n报销。"]
WHOLE = "".join(WORDS)


def text_of_event(event: bytes) -> bytes:
    return event.rpartition(b"data:")[2].strip()


def with_data(event: bytes, data: bytes) -> bytes:
    return event[: event.rindex(b"data:")] + b"data: " + data + b"\n\n"


#: How an event may be damaged so that all of it can still be read.
REPAIRABLE: dict[str, Callable[[bytes], bytes]] = {
    "one line feed behind it": lambda event: event.rstrip(b"\n") + b"\n",
    "a doubled prefix": lambda event: with_data(event, b"data: " + text_of_event(event)),
    "a threefold prefix": lambda event: with_data(event, b"data:data: data: " + text_of_event(event)),
    "empty data lines behind it": lambda event: event.rstrip(b"\n") + b"\ndata:\ndata:\n\n",
    "no prefix": lambda event: text_of_event(event) + b"\n\n",
    "a garbled prefix": lambda event: event.replace(b"data:", b"dat\x00a:"),
    "a raw tab in a string": lambda event: with_data(event, text_of_event(event).replace(b" ", b"\t")),
    "an object of no meaning before it": lambda event: with_data(event, b"{}" + text_of_event(event)),
    "NUL bytes around it": lambda event: with_data(event, b"\x00" + text_of_event(event) + b"\x00"),
    "NaN in it": lambda event: with_data(event, text_of_event(event)[:-1] + b', "score": NaN}'),
}

#: How a part of the answer may be lost for good.
FATAL: dict[str, Callable[[bytes], bytes]] = {
    "cut in the middle": lambda event: with_data(
        event, text_of_event(event)[: len(text_of_event(event)) // 2]
    ),
    "its last byte is missing": lambda event: with_data(event, text_of_event(event)[:-1]),
    "its first byte is missing": lambda event: with_data(event, text_of_event(event)[1:]),
    "plain words": lambda event: with_data(event, b"Internal Server Error"),
    "words of a proxy": lambda event: with_data(event, b"upstream request timeout {0x1f}"),
    "half of it in quotes": lambda event: with_data(event, b'"' + text_of_event(event)[:20]),
}


def said(outcome: Outcome) -> str:
    """Without what a raw tab leaves, and blanks."""
    return re.sub(r"\s", "", outcome.text)


@pytest.mark.parametrize("damage", REPAIRABLE)
@pytest.mark.parametrize("name", DIALECTS)
async def test_what_can_be_read_is_read(name: str, damage: str) -> None:
    dialect = DIALECTS[name]()
    for at in range(len(WORDS)):
        events = [*map(dialect.text, WORDS), dialect.end()]
        events[at] = REPAIRABLE[damage](events[at])

        seen = await replay(dialect, *events)

        assert (seen.error, said(seen)) == (None, re.sub(r"\s", "", WHOLE)), at


@pytest.mark.parametrize("damage", FATAL)
@pytest.mark.parametrize("name", DIALECTS)
async def test_what_cannot_be_read_makes_the_answer_an_interrupted_one(name: str, damage: str) -> None:
    dialect = DIALECTS[name]()
    for at in range(len(WORDS)):
        events = [*map(dialect.text, WORDS), dialect.end()]
        events[at] = FATAL[damage](events[at])

        seen = await replay(dialect, *events)

        assert seen.kind is FailureKind.INTERRUPTED, at
        assert seen.text == "".join(WORDS[:at] + WORDS[at + 1 :])
        assert any(anomaly.lost for anomaly in seen.anomalies)


def events_of(dialect: Dialect) -> list[bytes]:
    whole = b"".join(map(dialect.text, WORDS)) + dialect.end()
    return [event + b"\n\n" for event in whole.split(b"\n\n") if event]


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(list(DIALECTS)),
    which=st.integers(min_value=0, max_value=30),
    start=st.integers(min_value=0, max_value=400),
    length=st.integers(min_value=0, max_value=400),
    put=st.one_of(
        st.just(b""), st.binary(max_size=6), st.sampled_from([b"\n", b"\n\n", b"}", b'"', b"data: "])
    ),
    size=st.integers(min_value=1, max_value=60),
)
async def test_any_single_event_may_be_damaged_anywhere(
    name: str, which: int, start: int, length: int, put: bytes, size: int
) -> None:
    """Bytes cut out, put in or replaced: no answer that lacks a piece passes for a whole one.

    Damage that leaves valid JSON with other words, or takes an event away with its last byte, leaves no
    trace: it is recognised by comparing with what a strict reader still understands.
    """
    dialect = DIALECTS[name]()
    events = events_of(dialect)
    at = which % len(events)
    event = events[at]
    begin = start % len(event)
    damaged = event[:begin] + put + event[begin + length % (len(event) - begin) :]
    body = b"".join([*events[:at], damaged, *events[at + 1 :]])

    seen = await replay(dialect, *(body[n : n + size] for n in range(0, len(body), size)))

    # Bytes that were no UTF-8 any more stand in the text as U+FFFD, what is left of a cut escape as a
    # backslash: a reader sees them.
    traces = seen.error is not None or "\ufffd" in seen.text or "\\" in seen.text
    visible = traces or re.sub(r"\s", "", WHOLE) in said(seen)
    if not visible and not strictly_read(damaged):
        pytest.fail(f"{damaged!r} left {seen.text!r}")


def strictly_read(event: bytes) -> bool:
    """Whether the damaged bytes are a correct event, a correct comment or nothing at all."""
    data = [line[5:].strip() for line in re.split(rb"\r\n|\r|\n", event) if line.startswith(b"data:")]
    joined = re.sub(r"[\x00-\x08\x7f]", "", b"\n".join(data).decode("utf-8", "replace"))
    if not joined or joined == DONE:
        rest = re.sub(rb"(?m)^(?::|id|retry|event|data:)[^\n]*", b"", event.replace(b"\r", b"\n"))
        return b"{" not in rest
    # A raw line feed inside of a text tears its data apart, and the words around it are other words.
    torn = event.partition(b"data:")[2].decode("utf-8", "replace")
    return any(_is_json(text) for text in (joined, re.sub(r"[\x00-\x08\x7f]", "", torn)))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except ValueError:
        return False
    return True


async def test_events_one_line_feed_apart_are_an_answer_too() -> None:
    for make in DIALECTS.values():
        dialect = make()
        body = b"".join([*map(dialect.text, WORDS), dialect.end()])

        seen = await replay(dialect, body.replace(b"\n\n", b"\n"))

        assert (seen.error, seen.text) == (None, WHOLE), dialect
        assert bool(seen.citations) is dialect.cites


async def test_an_error_is_an_error_though_a_blank_line_parts_its_name_from_its_words() -> None:
    says = OpenAIDialect()

    seen = await replay(
        says, says.text("补卡"), b"event: error\n\ndata: backend exploded\n\n", b"data: [DONE]\n\n"
    )

    assert seen.kind is FailureKind.INTERRUPTED
    assert "backend exploded" in str(seen.error)


@pytest.mark.parametrize("name", DIALECTS)
async def test_an_error_event_in_plain_words_before_any_text_is_told_by_them(name: str) -> None:
    seen = await replay(DIALECTS[name](), b"event: error\ndata: rate limit reached\n\n")

    assert seen.kind is FailureKind.BUSY


async def test_a_text_with_raw_line_feeds_is_read() -> None:
    says = OpenAIDialect()
    event = says.text("第一行@@第二行@第三行").replace(b"@@", b"\n\n").replace(b"@", b"\n")

    seen = await replay(says, event, says.end())

    assert (seen.error, seen.text) == (None, "第一行\n\n第二行\n第三行")


async def test_a_wrong_escape_is_read_as_it_stands() -> None:
    says = OpenAIDialect()

    seen = await replay(says, says.text("@d+ 元").replace(b"@", b"\\"), says.end())

    assert (seen.error, seen.text) == (None, "\\d+ 元")


async def test_damage_behind_the_last_word_changes_nothing() -> None:
    says = OpenAIDialect()

    seen = await replay(says, says.text("补卡"), says.end(), b'data: {"usage": {"tot\n\n')

    assert (seen.error, seen.text) == (None, "补卡")
    assert [anomaly.lost for anomaly in seen.anomalies] == [False]


@pytest.mark.parametrize("half", [("\\ud83d", "\\ude42"), ("好\\ud83d", "\\ude42好")])
@pytest.mark.parametrize("name", ["anythingllm", "dify", "openai", "bailian"])
async def test_an_emoji_in_two_halves_is_one_emoji(name: str, half: tuple[str, str]) -> None:
    dialect = DIALECTS[name]()
    first, second = (
        dialect.text(f"@{n}@").replace(f"@{n}@".encode(), words.encode()) for n, words in enumerate(half)
    )

    seen = await replay(dialect, first, second, dialect.end())

    assert seen.error is None
    assert seen.text.replace("好", "") == "🙂"
