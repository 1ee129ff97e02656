"""The page for Prometheus: its form, and that it says what `stats` says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.grafana.__main__ import OUTPUT, document
from rag_on_dingtalk.observability.events import QuestionEvent, counts_of
from rag_on_dingtalk.observability.exposition import Reading, added, buckets_of, exposition
from rag_on_dingtalk.observability.histogram import percentile

_SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+)')
PROMETHEUS = Path(__file__).parents[3] / "infra" / "prometheus"


def samples(page: str) -> dict[str, float]:
    """`name{labels}` → value; every line must be a comment or a sample."""
    found: dict[str, float] = {}
    for line in page.splitlines():
        if not line.startswith("# "):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            assert f"{match[1]}{{{match[2]}}}" not in found, line
            found[f"{match[1]}{{{match[2]}}}"] = float(match[3])
    return found


EVENT = QuestionEvent(turn_id="t1", bot="b", asked_ms=1_795_924_800_000, outcome="answered", backend="dify")


@given(st.lists(st.tuples(st.sampled_from(["answered", "failed", "commands"]), st.integers(0, 700_000))))
def test_every_question_is_in_the_counters_and_the_histogram_is_cumulative(
    asked: list[tuple[str, int]],
) -> None:
    events = [msgspec.structs.replace(EVENT, outcome=outcome, total_ms=took) for outcome, took in asked]
    found = samples(exposition([Reading(bot="b", counts=added([counts_of(one) for one in events]))]))

    for outcome, count in Counter(outcome for outcome, _ in asked).items():
        assert found[f'rag_questions_total{{bot="b",outcome="{outcome}"}}'] == count
    buckets = [value for name, value in found.items() if name.startswith("rag_answer_seconds_bucket")]
    timed = [took for outcome, took in asked if outcome == "answered"]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found['rag_answer_seconds_count{bot="b"}'] == len(timed)
    assert abs(found['rag_answer_seconds_sum{bot="b"}'] - sum(timed) / 1000) <= sum(timed) * 1e-8 + 1e-6


@given(st.text())
def test_no_name_of_a_bot_breaks_a_line(name: str) -> None:
    page = exposition(
        [Reading(bot=name.replace("\r", "").replace("\x85", ""), counts={"asked": 1, "calls": 2})]
    )

    assert all(line.startswith("# ") or line[-1:].isdigit() for line in page.split("\n")[:-1])


def test_percentiles_over_hours_and_instances_are_those_of_all_questions() -> None:
    times = [*range(100, 20_000, 37)]
    hours = [
        counts_of(msgspec.structs.replace(EVENT, total_ms=took, asked_ms=EVENT.asked_ms + 1_000 * number))
        for number, took in enumerate(times)
    ]

    for share, wrong in ((0.5, 0.02), (0.95, 0.05), (0.99, 0.1)):
        direct = sorted(times)[int(share * len(times)) - 1]
        found = percentile(buckets_of(added(hours), "total"), share)
        assert found is not None
        assert abs(found - direct) / direct < wrong


def test_the_rules_and_the_dashboard_name_only_metrics_that_there_are() -> None:
    known = set(re.findall(r"^# TYPE (\w+)", exposition([]), re.MULTILINE))
    known |= {f"{name}_{part}" for name in known for part in ("bucket", "sum", "count")}
    rules = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    dashboard = json.loads(OUTPUT.read_text(encoding="utf-8"))
    queries = [rule["expr"] for rule in rules]
    queries += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    used = {name for query in queries for name in re.findall(r"\brag_\w+", query)}
    assert used
    assert used <= known
    assert {name for name in known if name.endswith(("_total", "_left", "_open"))} - used <= {
        "rag_retried_total"
    }


def test_the_dashboard_is_what_the_code_makes() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == document()
