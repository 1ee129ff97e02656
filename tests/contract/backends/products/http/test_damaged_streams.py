"""Streams that are cut, damaged or endless."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.backends.transport.events import EVENT_LIMIT
from rag_on_dingtalk.backends.transport.json_sequence import JsonReader
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.outcome import outcome, soon
from rag_on_dingtalk.testing.scripted import Move, chunk, head
from tests.contract.backends.products.http.replaying import TELL, WHOLE, WORDS, build, line, replay
from tests.examples import examples

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


@pytest.mark.parametrize("preset", TELL)
async def test_an_answer_cut_in_two_anywhere_is_the_same(preset: str) -> None:
    tell, end = TELL[preset]
    whole = b"".join(map(tell, WORDS)) + end
    for at in range(1, len(whole)):
        seen = await replay(whole[:at], whole[at:], preset=preset)
        assert (seen.error, seen.text, seen.anomalies) == (None, WHOLE, []), at
    seen = await replay(*(whole[at : at + 1] for at in range(len(whole))), preset=preset)
    assert (seen.error, seen.text) == (None, WHOLE)


@pytest.mark.parametrize("preset", [name for name in TELL if name != "lightrag"])
async def test_an_answer_without_its_last_word_is_an_interrupted_one(preset: str) -> None:
    tell, _ = TELL[preset]

    seen = await replay(*map(tell, WORDS), preset=preset)

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, WHOLE)


@pytest.mark.parametrize("preset", TELL)
async def test_a_connection_that_breaks_interrupts_the_answer(
    preset: str, tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    tell, _ = TELL[preset]
    server.will([head(), chunk(tell("补卡")), Move.HANG_UP])

    seen = await outcome(build(tls_free_http, server.url, preset=preset))

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, "补卡")


FATAL: dict[str, Any] = {
    "cut": lambda event: event[: len(event) // 2] + b"\n",
    "its last byte is missing": lambda event: event.rstrip()[:-1] + b"\n",
    "its first byte is missing": lambda event: event[1:],
    "words of a proxy": lambda _: b"upstream request timeout {0x1f}\n",
}
REPAIRABLE: dict[str, Any] = {
    "no line feed": lambda event: event.strip(),
    "a blank line": lambda event: event + b"\r\n\r\n",
    "a raw line feed in a string": lambda event: event.replace(b"\\n", b"\n").replace(b" ", b" "),
    "a comma behind it": lambda event: event.strip() + b",",
}


@pytest.mark.parametrize("damage", FATAL)
@pytest.mark.parametrize("preset", TELL)
async def test_a_line_that_cannot_be_read_makes_the_answer_an_interrupted_one(
    preset: str, damage: str
) -> None:
    tell, end = TELL[preset]
    words = [one.replace("\n", "") for one in WORDS]
    for at in range(len(words)):
        events = [tell(one).strip() + b"\n" for one in words]
        events[at] = FATAL[damage](events[at])

        seen = await replay(*events, end, preset=preset)

        assert seen.kind is FailureKind.INTERRUPTED, at
        # Of a damaged line nothing is made up; the ones around it stand.
        assert seen.text == "".join(words[:at] + words[at + 1 :]), at
        assert any(anomaly.lost for anomaly in seen.anomalies)


@pytest.mark.parametrize("damage", REPAIRABLE)
@pytest.mark.parametrize("preset", TELL)
async def test_a_line_that_can_be_read_is_read(preset: str, damage: str) -> None:
    tell, end = TELL[preset]
    for at in range(len(WORDS)):
        events = [tell(one) for one in WORDS]
        events[at] = REPAIRABLE[damage](events[at])

        seen = await replay(*events, end, preset=preset)

        assert (seen.error, seen.text) == (None, WHOLE), at


@settings(max_examples=examples(500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    preset=st.sampled_from(["native", "n8n", "langflow"]),
    which=st.integers(min_value=0, max_value=4),
    start=st.integers(min_value=0, max_value=200),
    length=st.integers(min_value=1, max_value=200),
    put=st.sampled_from([b"", b"\n", b"}", b'"', b"{", b"x"]),
    size=st.integers(min_value=1, max_value=60),
)
async def test_any_event_may_be_damaged_anywhere(
    preset: str, which: int, start: int, length: int, put: bytes, size: int
) -> None:
    """No answer that lacks a piece passes for a whole one, unless what is left is correct JSON."""
    tell, end = TELL[preset]
    events = [tell(one) for one in WORDS] + [end]
    event = events[which]
    begin = start % len(event)
    damaged = event[:begin] + put + event[begin + length % (len(event) - begin) :]
    whole = b"".join([*events[:which], damaged, *events[which + 1 :]])

    seen = await replay(*(whole[at : at + size] for at in range(0, len(whole), size)), preset=preset)

    visible = seen.error is not None or WHOLE in seen.text or "\ufffd" in seen.text
    assert visible or _correct(damaged)


def _correct(damaged: bytes) -> bool:
    # A wrong escape is read as it stands, so a person sees its backslash.
    text = re.sub(r'\\(?!["\\/bfnrtu])', r"\\\\", damaged.decode("utf-8", "replace"))
    try:
        json.loads(text.strip() or "{}", strict=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("fill", ["字", "}", "\n", '\\"'])
def test_a_long_value_is_read_whatever_is_in_it(fill: str) -> None:
    value = json.dumps({"text": fill * 30_000}, ensure_ascii=False).encode()
    for size in (100, 4096):
        reader = JsonReader()
        events = [one for at in range(0, len(value), size) for one in reader.feed(value[at : at + size])]
        events += reader.feed(b"", final=True)
        assert [one.fields["text"] for one in events] == [fill * 30_000]
        assert reader.damage == []


def test_a_long_value_in_many_pieces_costs_no_more_than_its_length() -> None:
    """Counted by the attempts to decode it, which must not grow with the number of pieces."""
    tried = 0

    class Counting(JsonReader):
        def _may_have_ended(self, size: int) -> bool:
            nonlocal tried
            ends = super()._may_have_ended(size)
            tried += ends
            return ends

    reader, value = Counting(), line(text="字}" * 100_000)
    events = [event for at in range(0, len(value), 512) for event in reader.feed(value[at : at + 512])]

    assert [len(event.fields["text"]) for event in events] == [200_000]
    assert tried < 200


@pytest.mark.parametrize("opening", [b'{"response": "', b'{"response": "}\n', b"\n\n", b"{\n"])
async def test_an_endless_body_is_given_up(
    opening: bytes, tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    more = [chunk(b"\n" * 65536 if opening.isspace() else b"x" * 65536)]
    server.will([head(), chunk(opening), *more * (EVENT_LIMIT // 65536 + 2), Move.STAY_SILENT])

    seen = await soon(outcome(build(tls_free_http, server.url, preset="lightrag")))

    assert seen.kind is FailureKind.UPSTREAM
    await soon(server.hung_up.wait())


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/event-stream", "text/html", "image/png"])
async def test_an_answer_is_known_by_its_bytes_not_by_its_content_type(content_type: str) -> None:
    for preset, (tell, end) in TELL.items():
        seen = await replay(*map(tell, WORDS), end, content_type=content_type, preset=preset)
        assert (seen.error, seen.text) == (None, WHOLE)
