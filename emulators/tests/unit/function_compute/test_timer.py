"""When a timer fires."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.function_compute.timers.timer import CronError, parse, timer_event

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("@every 30s", "2026-01-02T12:00:30"),
        ("@every 5m", "2026-01-02T12:05:00"),
        ("@every 2h", "2026-01-02T14:00:00"),
        ("0 0 4 * * *", "2026-01-03T04:00:00"),
        ("0 0 12 * * *", "2026-01-03T12:00:00"),
        ("30 */20 * * * *", "2026-01-02T12:00:30"),
        ("0 0-10/5,30 13 * * *", "2026-01-02T13:00:00"),
        ("0 0 9 * * 1", "2026-01-05T09:00:00"),
        ("0 0 9 ? * 1-5", "2026-01-05T09:00:00"),
        ("0 0 0 1 * *", "2026-02-01T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("CRON_TZ=Asia/Shanghai 0 0 4 * * *", "2026-01-02T20:00:00"),
        # Berlin's clocks skip 02:30 on 29 March 2026.
        ("CRON_TZ=Europe/Berlin 0 30 2 29 3 *", "2027-03-29T00:30:00"),
    ],
)
def test_the_next_firing(expression: str, expected: str) -> None:
    assert parse(expression).next_after(NOON).isoformat() == f"{expected}+00:00"


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("0 4 * * *", "has 5 fields"),
        ("0 0 4 * * * *", "has 7 fields"),
        ("@every 0m", "never ends"),
        ("@every 5 days", "fields"),
        ("@daily", "fields"),
        ("60 0 4 * * *", "range 0-59"),
        ("0 0 4 0 * *", "range 1-31"),
        ("0 0 9-4 * * *", "range 0-23"),
        ("0 0 4 L * *", "not a day of month"),
        ("0 0 4 * * MON", "not a day of week"),
        ("*/0 * * * * *", "not a second"),
        ("0 0 4 1 * 1", "restricts day of month and day of week"),
        ("CRON_TZ=Mars/Olympus 0 0 4 * * *", "not a time zone"),
        ("", "has 0 fields"),
    ],
)
def test_what_cannot_be_followed_is_refused(expression: str, complaint: str) -> None:
    with pytest.raises(CronError) as refused:
        parse(expression)

    assert complaint in str(refused.value)


def test_a_date_that_never_comes_is_refused() -> None:
    with pytest.raises(CronError, match="No date"):
        parse("0 0 0 30 2 *").next_after(NOON)


@given(
    st.integers(1, 90 * 24 * 60),
    st.sampled_from(["0 0 4 * * *", "15 */7 * * * *", "0 0 9 * * 1,3", "@every 7m"]),
)
def test_firings_only_go_forward_and_none_is_left_out(minutes: int, expression: str) -> None:
    schedule = parse(expression)
    moment = NOON + timedelta(minutes=minutes)
    following = schedule.next_after(moment)

    assert following > moment
    if not schedule.every:
        assert schedule.next_after(following - timedelta(seconds=1)) == following


@given(st.text())
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    with suppress(CronError):
        assert parse(text)


def test_the_event_names_the_trigger_and_carries_its_payload() -> None:
    event = timer_event(trigger_name="nightly", payload='{"a":1}', moment=NOON)

    assert json.loads(event) == {
        "triggerTime": "2026-01-02T12:00:00Z",
        "triggerName": "nightly",
        "payload": '{"a":1}',
    }
