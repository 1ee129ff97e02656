from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.pipeline.asking.redaction import redacted


@pytest.mark.parametrize(
    "address",
    [
        "http://kb.example.com/v1?x=1",
        "https://10.1.2.3:9380/api",
        "10.1.2.3",
        "10.1.2.3:9380",
        "kb-inner:9380",
        "kb.corp.internal",
        "localhost:3001",
        "[fd00::17]:443",
        "redis://:secret@cache:6379/0",
    ],
)
def test_an_address_is_left_out(address: str) -> None:
    plain = redacted(f"could not reach {address}, gave up")

    assert address not in plain
    assert "could not reach" in plain


@pytest.mark.parametrize(
    "words",
    [
        "AnythingLLM answered 500: fetch failed. Look into its log and test its model provider.",
        "Dify has no workspace handbook. Check backend.base_url (what the browser shows), backend.workspace.",
        "trace 6f0c2b1e-9d01-4a7c-8f3e-2b1e9d014a7c at 12:30:05",
        "maximum context length is 8192 tokens",
        "Raise the limit in backend.extra: set it to null.",
    ],
)
def test_what_helps_an_administrator_stays(words: str) -> None:
    assert redacted(words, "怎么补卡？") == words


@pytest.mark.parametrize("said", ["怎么补卡？", "年假", "How many days of leave are there?"])
def test_a_quotation_of_what_was_said_is_left_out(said: str) -> None:
    assert said not in redacted(f"invalid input '{said}' in messages.0", said)


@given(said=st.text(min_size=6), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_long_piece_of_what_was_said_stays(said: str, before: str, after: str) -> None:
    plain = redacted(before + said + after, said)

    text = said.strip()
    pieces = (text[at : at + 6] for at in range(len(text) - 5))
    assert not any(piece in plain for piece in pieces if any(letter.isalnum() for letter in piece))
