from __future__ import annotations

import pytest
from hypothesis import given

from rag_on_dingtalk.dingtalk.inbound.fields import clean, milliseconds, text_of
from tests.unit.dingtalk.json_values import JSON


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_767_225_600_123, 1_767_225_600_123),
        ("1767225600123", 1_767_225_600_123),
        (1_767_225_600, 1_767_225_600_000),
        ("1767225600", 1_767_225_600_000),
        (0, 0),
        (-1, 0),
        (True, 0),
        (1.5, 0),
        ("", 0),
        (" 1767225600", 0),
        ("１７６７", 0),
        ("1e12", 0),
        ("9" * 5_000, 0),
        (10**40, 0),
        (None, 0),
    ],
)
def test_a_time_is_milliseconds_however_it_was_sent(value: object, expected: int) -> None:
    assert expected == milliseconds(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" 你好\n", "你好"), ("\ud83d", "?"), ("a\x00b", "ab"), (7, ""), (None, ""), ([], "")],
)
def test_text_is_what_can_be_stored_and_sent_on(value: object, expected: str) -> None:
    assert expected == clean(value) == text_of({"key": value}, "key")


@given(value=JSON)
def test_any_value_is_read(value: object) -> None:
    clean(value).encode()
    assert milliseconds(value) >= 0
