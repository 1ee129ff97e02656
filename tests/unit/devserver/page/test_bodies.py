from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.page.bodies import MAX_CHARACTERS, RefusedError, Say, SwitchFault, read_body


def test_what_is_said_needs_a_person_a_bot_and_words() -> None:
    said = read_body('{"person": "小明", "bot": "handbook", "text": "在吗"}'.encode(), Say)

    assert Say("小明", "handbook", "在吗") == said


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"person": "\xff"}', "not JSON"),
        (b"[]", "does not fit"),
        (b'{"person": "a", "bot": "b"}', "text"),
        (b'{"person": "a", "bot": "b", "text": 1}', "text"),
        (b'{"person": "a", "bot": "b", "text": "c", "times": 6}', "times"),
        (b'{"person": "a", "bot": "b", "text": "c", "tmes": 2}', "tmes"),
        (b'{"person": "a", "bot": "b", "text": "%s"}' % (b"x" * (MAX_CHARACTERS + 1)), "text"),
    ],
)
def test_a_mistake_is_named(raw: bytes, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence) as refused:
        read_body(raw, Say)

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "change", [b'"probability": 0', b'"probability": 1.5', b'"count": 0', b'"on": "yes"']
)
def test_a_fault_strikes_sometimes_or_always_but_not_never(change: bytes) -> None:
    with pytest.raises(RefusedError):
        read_body(b'{"name": "a.b", "on": true, %s}' % change, SwitchFault)


@given(st.binary())
def test_noise_is_refused(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        read_body(raw, Say)


def test_a_message_may_reply_to_another_and_pass_by_the_bot() -> None:
    said = read_body(
        b'{"person": "a", "bot": "b", "text": "", "quote": "m1", "forward": ["m2"], "to_bot": false}', Say
    )

    assert (said.quote, said.forward, said.to_bot) == ("m1", ("m2",), False)
