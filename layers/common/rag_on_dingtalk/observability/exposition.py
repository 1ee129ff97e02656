"""Counts as Prometheus reads them: text format 0.0.4, written by hand. Pure.

Source: Prometheus, "Exposition formats" (text-based format). Labels escape backslash, quote and line feed; a
histogram has ascending cumulative buckets up to +Inf, a sum and a count. Its client library would cost 300 ms
of a cold start and keeps counters per process, which on Function Compute are never the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.histogram import BEYOND, BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Prefix of a stored count → metric, label, help. What stands behind the prefix is the label's value.
_BY_PREFIX = (
    ("outcome_", "rag_questions_total", "outcome", "Questions that are finished, by what came of them."),
    ("backend_", "rag_backend_answers_total", "result", "What the backend answered: ok, or why it failed."),
    ("cache_", "rag_cache_lookups_total", "result", "Questions looked up in the answer cache."),
    ("routed_", "rag_routed_total", "reason", "Questions whose route was chosen by more than their asker."),
)
#: Stored count → metric, label and its value, help.
_SINGLE = (
    ("prompt_tokens", "rag_tokens_total", ("kind", "prompt"), "Tokens, as the backend counts them."),
    ("completion_tokens", "rag_tokens_total", ("kind", "completion"), ""),
    ("calls", "rag_dingtalk_calls_total", None, "DingTalk API calls spent on answers."),
    ("liked", "rag_feedback_total", ("verdict", "like"), "What people thought of answers."),
    ("disliked", "rag_feedback_total", ("verdict", "dislike"), ""),
    ("retried", "rag_retried_total", None, "Questions that a later invocation finished."),
)
_HISTOGRAMS = (
    ("first", "rag_first_text_seconds", "From the message until the first text was shown."),
    ("total", "rag_answer_seconds", "From the message until the whole reply was out."),
)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one bot.

    counts: of the day so far, as `stats` names them; at midnight in China they begin anew, which Prometheus
        takes for any other reset of a counter.
    incidents: kind → 1 while it is open, else 0.
    calls_left: of the month's DingTalk calls; None: they are not counted.
    """

    bot: str
    counts: dict[str, int]
    incidents: dict[str, int] = {}
    calls_left: int | None = None


def exposition(readings: Sequence[Reading]) -> str:
    """The page for Prometheus."""
    return "".join(f"{line}\n" for line in _lines(readings))


def _lines(readings: Sequence[Reading]) -> Iterator[str]:
    for prefix, metric, label, help_ in _BY_PREFIX:
        yield from _header(metric, "counter", help_)
        yield from (line for reading in readings for line in _prefixed(reading, prefix, metric, label))
    yield from _header("rag_arm_questions_total", "counter", "Questions in an arm of an experiment.")
    yield from (line for reading in readings for line in _by_arm(reading))
    for metric, help_ in ((metric, help_) for _, metric, _, help_ in _SINGLE if help_):
        yield from _header(metric, "counter", help_)
        yield from (line for reading in readings for line in _single(reading, metric))
    for prefix, metric, help_ in _HISTOGRAMS:
        yield from _header(metric, "histogram", help_)
        yield from (line for reading in readings for line in _histogram(prefix, metric, reading))
    yield from _header("rag_incident_open", "gauge", "1 while an incident is open.")
    for reading in readings:
        for kind, value in sorted(reading.incidents.items()):
            yield _sample("rag_incident_open", {"bot": reading.bot, "kind": kind}, value)
    yield from _header("rag_dingtalk_calls_left", "gauge", "DingTalk API calls left of the month's budget.")
    for reading in readings:
        if reading.calls_left is not None:
            yield _sample("rag_dingtalk_calls_left", {"bot": reading.bot}, reading.calls_left)


def _prefixed(reading: Reading, prefix: str, metric: str, label: str) -> Iterator[str]:
    for name, count in sorted(reading.counts.items()):
        if name.startswith(prefix):
            yield _sample(metric, {"bot": reading.bot, label: name.removeprefix(prefix)}, count)


def _by_arm(reading: Reading) -> Iterator[str]:
    for name, count in sorted(reading.counts.items()):
        kind, _, rest = name.partition("_")
        arm, _, outcome = rest.partition("_")
        if kind == "arm":
            labels = {"bot": reading.bot, "arm": arm, "outcome": outcome}
            yield _sample("rag_arm_questions_total", labels, count)


def _single(reading: Reading, metric: str) -> Iterator[str]:
    for name, of, extra, _ in _SINGLE:
        if of == metric:
            labels = {"bot": reading.bot, **dict([extra] if extra else [])}
            yield _sample(metric, labels, reading.counts.get(name, 0))


def _histogram(prefix: str, metric: str, reading: Reading) -> Iterator[str]:
    buckets = buckets_of(reading.counts, prefix)
    passed = 0
    for bound in BOUNDS:
        passed += buckets.get(str(bound), 0)
        yield _sample(f"{metric}_bucket", {"bot": reading.bot, "le": f"{bound / 1000:g}"}, passed)
    passed += buckets.get(BEYOND, 0)
    yield _sample(f"{metric}_bucket", {"bot": reading.bot, "le": "+Inf"}, passed)
    yield _sample(f"{metric}_sum", {"bot": reading.bot}, reading.counts.get(f"{prefix}_sum_ms", 0) / 1000)
    yield _sample(f"{metric}_count", {"bot": reading.bot}, passed)


def buckets_of(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    """The buckets among stored counts, by name; prefix: `first` or `total`."""
    begin = f"{prefix}_le_"
    return {name.removeprefix(begin): count for name, count in counts.items() if name.startswith(begin)}


def added(hours: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The counts of several hours together."""
    total: dict[str, int] = {}
    for hour in hours:
        for name, count in hour.items():
            total[name] = total.get(name, 0) + count
    return total


def _header(metric: str, kind: str, help_: str) -> Iterator[str]:
    yield f"# HELP {metric} {help_}"
    yield f"# TYPE {metric} {kind}"


def _sample(metric: str, labels: Mapping[str, str], value: float) -> str:
    inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{metric}{{{inner}}} {value:g}" if isinstance(value, float) else f"{metric}{{{inner}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
