"""The lines about what the bots share, and the look of a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import Finding
from rag_on_dingtalk.doctor import backend, clock, configuration
from rag_on_dingtalk.doctor.clock import Reading
from rag_on_dingtalk.doctor.cloud import function, tables
from rag_on_dingtalk.doctor.dingtalk import callback_url
from rag_on_dingtalk.doctor.line import Line, exit_status, unchecked, well, wrong
from rag_on_dingtalk.errors import StateError

MISSING = StateError("OTSObjectNotExist", "no table")
OTHER_KEY = StateError("OTSInvalidPK", "other key")
DENIED = StateError("OTSNoPermissionAccess", "denied")
AWAY = StateError("unreachable", "no answer")


def test_a_line_is_mark_whose_subject_and_sentence() -> None:
    assert str(Line("✓", "scopes", "All there.", bot="handbook")) == "✓ handbook, scopes: All there."
    assert str(unchecked("clock", "no answer came.")) == "– clock: not checked: no answer came."


def test_only_what_is_wrong_fails() -> None:
    assert exit_status([well("a", "."), unchecked("b", ".")]) == 0
    assert exit_status([well("a", "."), wrong("c", ".")]) == 1


@pytest.mark.parametrize(
    ("refusal", "of_tables", "of_permissions", "said"),
    [
        (None, "✓", "✓", "turns, inbox"),
        (MISSING, "✗", "–", "inbox: not there. Create them with"),
        (OTHER_KEY, "✗", "–", "primary key"),
        (AWAY, "✗", "–", "TABLESTORE_ENDPOINT"),
        (DENIED, "–", "✗", "may not read"),
    ],
)
def test_what_reading_says_is_about_tables_or_about_permissions(
    refusal: StateError | None, of_tables: str, of_permissions: str, said: str
) -> None:
    reads = {"turns": None, "inbox": refusal}

    assert tables.judge_tables(reads).mark == of_tables
    assert said in tables.judge_tables(reads).sentence
    assert tables.judge_permissions(reads, None).mark == of_permissions


@pytest.mark.parametrize(("write", "said"), [(DENIED, "not written. Attach"), (AWAY, "unreachable")])
def test_a_key_that_may_not_write_is_found_out(write: StateError, said: str) -> None:
    line = tables.judge_permissions({"turns": None}, write)

    assert line.mark == "✗"
    assert said in line.sentence


@pytest.mark.parametrize(
    ("status", "mark", "said"),
    [(200, "✓", "has f"), (0, "✗", "INVOKE_ENDPOINT"), (404, "✗", "no function f"), (403, "✗", "fc:Get")],
)
def test_the_function_is_there_or_its_remedy_is_named(status: int, mark: str, said: str) -> None:
    line = function.judge("f", "https://1.cn-hangzhou.fc.aliyuncs.com", status, "answer")

    assert line.mark == mark
    assert said in line.sentence


@pytest.mark.parametrize(
    ("status", "body", "mark"),
    [(200, b"{}", "✓"), (200, b"<html>", "✗"), (404, b"{}", "✗"), (0, b"ConnectError", "✗")],
)
def test_another_web_page_is_not_the_callback(status: int, body: bytes, mark: str) -> None:
    assert callback_url.judge("https://bot.example.com/robot/a", status, body).mark == mark


def test_the_clock_that_is_furthest_off_counts() -> None:
    near, far = Reading("api.dingtalk.com", 0.4), Reading("fc.aliyuncs.com", -301.0)

    assert clock.judge([]).mark == "–"
    assert clock.judge([near]).mark == "✓"
    assert clock.judge([near, far]).mark == "✗"
    assert "301 s behind fc.aliyuncs.com" in clock.judge([near, far]).sentence


def test_a_date_is_read_against_our_own_clock() -> None:
    assert clock.read("h", "Thu, 01 Jan 1970 00:01:40 GMT", now=160.0) == Reading("h", 60.0)


@given(date=st.text())
def test_whatever_stands_for_a_date_is_read_or_left(date: str) -> None:
    reading = clock.read("h", date, now=0.0)

    assert reading is None or reading.host == "h"


def test_a_backend_is_as_well_as_its_worst_finding() -> None:
    reachable = Finding("reachable", well=True, detail="It answers.")
    refused = Finding("key", well=False, detail="The key is refused.")

    assert backend.judge([reachable]) == well("backend", "It answers.")
    assert backend.judge([reachable, refused]) == wrong("backend", "The key is refused.")


def test_every_missing_secret_is_named() -> None:
    assert configuration.judge(2, []).mark == "✓"
    assert configuration.judge(0, ["a: empty.", "b: empty."]) == wrong("configuration", "a: empty. b: empty.")
