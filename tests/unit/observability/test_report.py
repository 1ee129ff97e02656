"""The report against a direct count of the same day."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random

import pytest

import rag_on_dingtalk.cost as cost_package
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.incidents.life import Incident, State
from rag_on_dingtalk.observability.report.day import day_report
from rag_on_dingtalk.observability.report.report_text import curve, told
from rag_on_dingtalk.observability.spending import CNY_A_SECOND

#: 00:00 in China on 2026-11-29.
MIDNIGHT = 1_795_881_600_000
DAY = "2026-11-29"


def a_day(count: int) -> list[QuestionEvent]:
    """Questions spread over a day."""
    random = Random(3)  # noqa: S311 - a made-up day
    return [
        QuestionEvent(
            turn_id=f"t{number}",
            bot="handbook",
            asked_ms=MIDNIGHT + random.randrange(86_400_000),
            asker=f"u{random.randrange(60)}",
            question=random.choice(("年假有几天？", "VPN 怎么申请", "差旅报销标准")),
            outcome=random.choice(("answered", "answered", "nothing_found", "failed", "commands", "access")),
            total_ms=random.randrange(500, 60_000),
            citations=1,
            calls=random.randrange(6),
            cache=random.choice(("", "hit", "miss")),
            feedback=random.choice(("", "", "like", "dislike")),
        )
        for number in range(count)
    ]


def test_every_number_is_the_direct_count() -> None:
    events = a_day(800)
    asked = [one for one in events if one.outcome in ("answered", "nothing_found", "failed")]
    times = sorted(one.total_ms for one in asked if one.outcome != "failed")

    report = day_report(events, first=DAY, last=DAY, now_ms=MIDNIGHT + 86_400_000)

    assert report.asked == len(asked) == sum(report.hours)
    assert report.people == len({one.asker for one in asked})
    assert (report.answered, report.failed) == tuple(
        sum(one.outcome == name for one in events) for name in ("answered", "failed")
    )
    assert (report.p50_ms, report.p95_ms) == tuple(
        times[math.ceil(share * len(times)) - 1] for share in (0.5, 0.95)
    )
    assert report.liked == sum(one.feedback == "like" for one in asked)
    assert report.calls == sum(one.calls for one in events)
    assert [question for question, _ in report.top]
    assert report.top[0][1] == max(
        sum(one.question == question for one in asked) for question, _ in report.top
    )


@pytest.mark.parametrize(("language", "words"), [("zh", "没有人提问"), ("en", "no questions")])
def test_a_quiet_day_is_one_line(language: str, words: str) -> None:
    report = day_report([], first=DAY, last=DAY, now_ms=MIDNIGHT)

    text = told(report, title="助手", language=language, calls_left=9, cost="0 CNY", incidents={})  # type: ignore[arg-type]

    assert words in text
    assert "\n" not in text


def test_the_report_names_numbers_calls_left_gaps_and_open_incidents() -> None:
    report = day_report(a_day(400), first=DAY, last=DAY, now_ms=MIDNIGHT + 86_400_000)
    incidents = {"slow": Incident(state=State.OPEN), "backlog": Incident()}

    text = told(report, title="助手", language="zh", calls_left=321, cost="0.12 CNY", incidents=incidents)

    for part in (
        DAY,
        f"提问 {report.asked} 次",
        "还剩 321",
        "0.12 CNY",
        curve(report.hours),
        "文档缺口",
        "slow",
    ):
        assert part in text
    assert "backlog" not in text


def test_what_a_person_writes_is_no_markup_in_the_operators_group() -> None:
    events = [
        QuestionEvent(
            turn_id=f"t{n}",
            bot="b",
            asked_ms=MIDNIGHT + n,
            asker=f"u{n}",
            question="[点我](http://evil) @all **急**",
            outcome="nothing_found",
        )
        for n in range(3)
    ]
    report = day_report(events, first=DAY, last=DAY, now_ms=MIDNIGHT)

    text = told(report, title="助手", language="zh", calls_left=None, cost="0", incidents={})

    assert "](" not in text
    assert "@all" not in text
    assert "＠all" in text


def test_the_price_of_a_second_is_that_of_the_price_file() -> None:
    prices = json.loads((Path(cost_package.__file__).parent / "prices.json").read_text(encoding="utf-8"))
    first = prices["function_compute"]["tiers"][0]["price"]["amount"]

    assert pytest.approx((0.5 + 0.5 * 0.15) * first) == CNY_A_SECOND
