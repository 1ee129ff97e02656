"""What counts as an incident, and what a finished question says about each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.observability.events import QuestionEvent

_MINUTE_MS = 60_000
#: Waiting longer for an invocation than this is a backlog, whatever the conversation's own queue.
_BACKLOG_MS = 60_000
#: Fewer questions prove nothing about a rate.
_LEAST_NOW, _LEAST_BEFORE = 20, 50
_POINTS = 0.20


class Rule(msgspec.Struct, frozen=True):
    """When a kind of trouble becomes an incident.

    in_a_row: this many signs of it, none of them older than `within_ms` when the next comes, and no good sign
        in between.
    meaning: for docs and the card, in both languages.
    """

    zh: str
    en: str
    in_a_row: int = 1
    within_ms: int = 10 * _MINUTE_MS


RULES: Mapping[str, Rule] = {
    "backend_fails": Rule(
        "知识库连续出错", "The knowledge base fails, one question after the other", in_a_row=3
    ),
    "backend_refuses": Rule(
        "知识库拒绝了密钥、应用或额度", "The knowledge base refuses the key, the target or the quota"
    ),
    "slow": Rule("回答太慢", "Answers are slow: the first text comes too late", in_a_row=3),
    "slow_p99": Rule("一小时内最慢的 1% 太慢", "One of a hundred questions of the last hour waited too long"),
    "finds_less": Rule(
        "找到答案的比例下降了 20 个百分点", "20 points fewer questions find an answer than on the day before"
    ),
    "backlog": Rule("提问在排队", "Questions wait in the queue", in_a_row=3),
    "dingtalk_calls": Rule("本月钉钉调用额度已用 80%", "80 % of the month's DingTalk calls are spent"),
    "moderation_fails": Rule("内容审核服务出错", "Content moderation fails", in_a_row=3),
    "secrets_fail": Rule("读取密钥失败", "A secret cannot be read"),
    "heartbeat_fails": Rule("心跳提问没有得到回答", "The heartbeat's question gets no answer"),
    "canary_stopped": Rule("灰度已自动停止", "The canary was stopped"),
}

#: The backend's own failures. A question that is refused, too long or stopped says nothing about it.
_FAILS = frozenset(
    (
        FailureKind.UNREACHABLE.value,
        FailureKind.TIMEOUT.value,
        FailureKind.UPSTREAM.value,
        FailureKind.BUSY.value,
        FailureKind.PAUSED.value,
        FailureKind.INTERRUPTED.value,
        FailureKind.DEADLINE.value,
        FailureKind.EMPTY.value,
    )
)
_REFUSES = frozenset(
    (FailureKind.CONFIG_AUTH.value, FailureKind.CONFIG_TARGET.value, FailureKind.QUOTA.value)
)


class Sign(msgspec.Struct, frozen=True):
    """One sign that something is bad, or good again.

    detail: numbers and kinds, never a word of a question.
    """

    kind: str
    bad: bool
    detail: str = ""


def signs_of(event: QuestionEvent, *, slow_ms: int) -> Iterator[Sign]:
    """What a finished question says; nothing, where no backend was asked."""
    if not event.backend:
        return
    if event.failure in _FAILS:
        yield Sign("backend_fails", bad=True, detail=event.failure)
    elif event.failure in _REFUSES:
        yield Sign("backend_refuses", bad=True, detail=event.failure)
    elif not event.failure:
        yield Sign("backend_fails", bad=False)
        yield Sign("backend_refuses", bad=False)
        # What a conversation's own queue cost is no slowness of the backend.
        took = event.first_text_ms - event.waited_ms
        yield Sign("slow", bad=took > slow_ms, detail=f"{took / 1000:.1f} s")
    yield Sign("backlog", bad=event.waited_ms > _BACKLOG_MS, detail=f"{event.waited_ms / 1000:.0f} s")


def rate_sign(now: Mapping[str, int], before: Mapping[str, int]) -> Sign | None:
    """Whether fewer questions find an answer; None: too few to tell.

    now, before: counts as `stats` names them.
    """
    found, asked = _found(now)
    found_before, asked_before = _found(before)
    if asked < _LEAST_NOW or asked_before < _LEAST_BEFORE:
        return None
    rate, rate_before = found / asked, found_before / asked_before
    return Sign("finds_less", bad=rate < rate_before - _POINTS, detail=f"{rate_before:.0%} → {rate:.0%}")


def percentile_sign(p99_ms: float | None, timed: int, *, slow_ms: int) -> Sign | None:
    """Whether the slowest of an hour's questions are too slow; None: too few to tell."""
    if p99_ms is None or timed < _LEAST_NOW:
        return None
    return Sign("slow_p99", bad=p99_ms > slow_ms, detail=f"P99 {p99_ms / 1000:.1f} s")


def _found(counts: Mapping[str, int]) -> tuple[int, int]:
    found = counts.get("outcome_answered", 0)
    return found, found + counts.get("outcome_nothing_found", 0)
