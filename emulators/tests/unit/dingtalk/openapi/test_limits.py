from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from emulators.dingtalk.openapi.calls.tokens import Tokens
from emulators.dingtalk.openapi.limits import MonthlyQuota, RateWindow
from emulators.dingtalk.organisation.people import RobotApp
from emulators.dingtalk.pushing.session_webhooks import SessionWebhooks

BEIJING = timezone(timedelta(hours=8))


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_second_has_room_for_so_many_calls() -> None:
    clock = Clock(100.0)
    rate = RateWindow(2, clock)

    assert [rate.admit("app", "api") for _ in range(3)] == [True, True, False]
    clock.now = 100.99
    assert not rate.admit("app", "api")
    clock.now = 101.0
    assert rate.admit("app", "api")


def test_the_window_slides() -> None:
    clock = Clock(100.0)
    rate = RateWindow(2, clock)
    rate.admit("app", "api")
    clock.now = 100.6
    rate.admit("app", "api")

    clock.now = 101.1

    assert [rate.admit("app", "api") for _ in range(2)] == [True, False]


def test_each_app_and_api_has_its_own_room() -> None:
    rate = RateWindow(1, Clock(100.0))

    assert rate.admit("app", "api")
    assert rate.admit("app", "other api")
    assert rate.admit("other app", "api")
    assert not rate.admit("app", "api")


def test_a_rate_can_be_switched_off() -> None:
    rate = RateWindow(None, Clock(100.0))

    assert all(rate.admit("app", "api") for _ in range(1000))


def test_the_quota_ends_and_comes_back_with_the_month_in_china() -> None:
    clock = Clock(datetime(2026, 1, 31, 23, 59, 59, tzinfo=BEIJING).timestamp())
    quota = MonthlyQuota(2, clock)

    assert [quota.spend() for _ in range(3)] == [True, True, False]
    assert quota.used == 2

    clock.now += 1
    assert quota.used == 0
    assert quota.spend()


def test_a_quota_can_be_switched_off() -> None:
    quota = MonthlyQuota(None, Clock(0.0))

    assert all(quota.spend() for _ in range(10))
    assert quota.used == 10


@pytest.fixture
def robot() -> RobotApp:
    return RobotApp(name="travel", client_id="dingapp1", client_secret="s1")


def test_a_token_is_renewed_within_its_life_and_replaced_after_it(robot: RobotApp) -> None:
    clock, ids = Clock(0.0), iter("abcdefgh")
    tokens = Tokens(clock, lambda: next(ids))
    first = tokens.issue(robot)

    clock.now = 7199.0
    assert tokens.issue(robot) == first
    clock.now = 7199.0 + 7199.0
    assert tokens.robot_of(first) is robot

    clock.now = 7199.0 + 7200.0
    assert tokens.robot_of(first) is None
    assert tokens.issue(robot) != first


def test_a_session_lives_for_ninety_minutes(robot: RobotApp) -> None:
    from emulators.dingtalk.organisation.chats import Chats

    group = Chats("dingcorp").add_group("群", [], [robot])
    webhooks = SessionWebhooks(lambda: "s1")

    opened = webhooks.open(group, robot, 1_000)

    assert webhooks.find("s1", 1_000 + 5_399_999) is opened
    assert webhooks.find("s1", 1_000 + 5_400_000) is None
    assert webhooks.find("s2", 1_000) is None
