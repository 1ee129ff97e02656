"""An experiment as people read it, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.observability.experiments.comparison import LEAST_TO_TEST
from rag_on_dingtalk.observability.spending import cny_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.models.experiments import ExperimentStatus
    from rag_on_dingtalk.observability.experiments.comparison import Comparison, Difference
    from rag_on_dingtalk.observability.experiments.counts import ArmCounts

Language = Literal["zh", "en"]

_STATES: Mapping[str, Mapping[Language, str]] = {
    "running": {"zh": "运行中", "en": "running"},
    "stopped": {"zh": "已停止，全部走稳定版", "en": "stopped, stable answers everyone"},
    "promoted": {"zh": "已推广，符合条件的人都走灰度", "en": "promoted, the canary answers all who fit"},
}
_MEASURES: Mapping[str, Mapping[Language, str]] = {
    "failed": {"zh": "出错", "en": "failed"},
    "nothing_found": {"zh": "没有找到", "en": "nothing found"},
    "disliked": {"zh": "👎", "en": "👎"},
    "bad": {"zh": "三者合计", "en": "all three"},
}
_WORDS: Mapping[str, Mapping[Language, str]] = {
    "title": {"zh": "**灰度 {name}**：{state}{by}", "en": "**Canary {name}**: {state}{by}"},
    "by": {"zh": "（{by}）", "en": " ({by})"},
    "asked": {
        "zh": "提问：灰度 {canary}，稳定 {stable}",
        "en": "Questions: canary {canary}, stable {stable}",
    },
    "share": {
        "zh": "{measure}：灰度 {share:.1%}，稳定 {stable_share:.1%}{test}",
        "en": "{measure}: canary {share:.1%}, stable {stable_share:.1%}{test}",
    },
    "differs": {"zh": "（差异显著，p={p:.3f}）", "en": " (differs, p={p:.3f})"},
    "chance": {"zh": "（可能是偶然，p={p:.2f}）", "en": " (may be chance, p={p:.2f})"},
    "times": {
        "zh": "用时 P50/P95：灰度 {canary}，稳定 {stable} 秒",
        "en": "P50/P95: canary {canary}, stable {stable} s",
    },
    "cost": {
        "zh": "每个回答：灰度 {canary}，稳定 {stable}",
        "en": "Each answer: canary {canary}, stable {stable}",
    },
    "each": {
        "zh": "{cny:.5f} CNY、{tokens:.0f} token、{calls:.1f} 次钉钉调用",
        "en": "{cny:.5f} CNY, {tokens:.0f} tokens, {calls:.1f} DingTalk calls",
    },
    "few": {
        "zh": "每一侧满 {least} 个提问后才比较。",
        "en": "Compared from {least} questions of each arm on.",
    },
    "why": {"zh": "原因：{why}", "en": "Why: {why}"},
}


def status_of(name: str, status: ExperimentStatus, comparison: Comparison, *, language: Language) -> str:
    """One experiment: how it stands, and its arms beside one another."""
    by = _say("by", language, by=status.by) if status.by else ""
    title = _say("title", language, name=name, state=_STATES[status.state][language], by=by)
    return "\n".join((title, *(f"- {line}" for line in _lines(status, comparison, language))))


def _lines(status: ExperimentStatus, comparison: Comparison, language: Language) -> Iterator[str]:
    canary, stable = comparison.canary, comparison.stable
    if status.why:
        yield _say("why", language, why=status.why)
    yield _say("asked", language, canary=canary.asked, stable=stable.asked)
    if not canary.asked and not stable.asked:
        return
    for one in comparison.differences:
        yield _difference(one, language)
    yield _say("times", language, canary=_times(canary), stable=_times(stable))
    yield _say("cost", language, canary=_each(canary, language), stable=_each(stable, language))
    if not comparison.tested:
        yield _say("few", language, least=LEAST_TO_TEST)


def _difference(one: Difference, language: Language) -> str:
    test = ""
    if one.p is not None:
        test = _say("differs" if one.significant else "chance", language, p=one.p)
    measure = _MEASURES[one.measure][language]
    return _say("share", language, measure=measure, share=one.share, stable_share=one.stable_share, test=test)


def _times(arm: ArmCounts) -> str:
    return f"{arm.percentile_ms(0.5) / 1000:.1f}/{arm.percentile_ms(0.95) / 1000:.1f}"


def _each(arm: ArmCounts, language: Language) -> str:
    asked = arm.asked or 1
    return _say(
        "each", language, cny=cny_of(arm.busy_ms) / asked, tokens=arm.tokens / asked, calls=arm.calls / asked
    )


def _say(key: str, language: Language, **values: object) -> str:
    return _WORDS[key][language].format(**values)
