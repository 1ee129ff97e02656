"""The report as markdown, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag_on_dingtalk.observability.incidents.life import Incident
    from rag_on_dingtalk.observability.report.day import DayReport

Language = Literal["zh", "en"]
_BARS = "▁▂▃▄▅▆▇█"
#: Markup of DingTalk's markdown, whose escapes are not documented → the same signs without a meaning.
_HARMLESS = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "\\`*_[]()<>#@|!"}
#: Of a question, in a list.
_CHARACTERS = 60

_WORDS: Mapping[str, Mapping[Language, str]] = {
    "title": {"zh": "【{title}】{days} 报告", "en": "[{title}] report of {days}"},
    "quiet": {"zh": "【{title}】{days} 没有人提问。", "en": "[{title}] {days}: no questions."},
    "numbers": {
        "zh": "{people} 人提问 {asked} 次：答出 {answered}，没有找到 {nothing_found}，出错 {failed}；"
        "👍 {liked} 👎 {disliked}",
        "en": "{asked} questions of {people} people: {answered} answered, {nothing_found} not found, "
        "{failed} failed; 👍 {liked} 👎 {disliked}",
    },
    "times": {
        "zh": "用时 P50 {p50:.1f} 秒，P95 {p95:.1f} 秒；缓存命中 {cache_hits} 次",
        "en": "P50 {p50:.1f} s, P95 {p95:.1f} s; {cache_hits} cache hits",
    },
    "spent": {
        "zh": "钉钉调用 {calls} 次{left}；{tokens} token；函数计算约 {cost}",
        "en": "{calls} DingTalk calls{left}; {tokens} tokens; Function Compute about {cost}",
    },
    "left": {"zh": "，本月还剩 {left}", "en": ", {left} left this month"},
    "curve": {"zh": "0 点 {curve} 24 点", "en": "0 h {curve} 24 h"},
    "bars": {
        "zh": "蓝色：答出；橙色：没有答出（北京时间）",
        "en": "Blue: answered; orange: not answered (time of China)",
    },
    "top": {"zh": "问得最多", "en": "Asked most"},
    "gaps": {"zh": "文档缺口", "en": "Gaps of the documents"},
    "gap": {
        "zh": "{question}（{people} 人，{times} 次）",
        "en": "{question} ({people} people, {times} times)",
    },
    "incidents": {"zh": "未恢复的告警：{kinds}", "en": "Incidents that go on: {kinds}"},
}


def told(
    report: DayReport,
    *,
    title: str,
    language: Language,
    calls_left: int | None,
    cost: str,
    incidents: Mapping[str, Incident],
    experiments: Sequence[str] = (),
    picture: str = "",
) -> str:
    """The markdown; a day without questions is one line.

    cost: with its currency. incidents: all, by kind. experiments: how each goes, since it began.
    picture: the media id of its bars; empty: a line of characters stands for them.
    """
    days = report.first if report.first == report.last else f"{report.first} … {report.last}"
    open_ = sorted(kind for kind, one in incidents.items() if one.is_open)
    lines: list[str] = []
    if report.asked:
        lines += (*_lines(report, language, calls_left, cost, picture), *experiments)
    if open_:
        lines.append(_say("incidents", language, kinds="、".join(open_)))
    if not lines:
        return _say("quiet", language, title=title, days=days)
    return "\n\n".join((f"**{_say('title', language, title=title, days=days)}**", *lines))


def _lines(
    report: DayReport, language: Language, calls_left: int | None, cost: str, picture: str
) -> Iterator[str]:
    yield _say(
        "numbers",
        language,
        people=report.people,
        asked=report.asked,
        answered=report.answered,
        nothing_found=report.nothing_found,
        failed=report.failed,
        liked=report.liked,
        disliked=report.disliked,
    )
    seconds = {"p50": report.p50_ms / 1000, "p95": report.p95_ms / 1000}
    yield _say("times", language, **seconds, cache_hits=report.cache_hits)
    left = "" if calls_left is None else _say("left", language, left=calls_left)
    yield _say("spent", language, calls=report.calls, left=left, tokens=report.tokens, cost=cost)
    line = _say("curve", language, curve=curve(report.hours))
    if picture:
        # A client that does not show the picture shows the words in its place.
        yield f"![{line}]({picture})"
        yield _say("bars", language)
    else:
        yield line
    if report.top:
        listed = [f"- {_one_line(question)}（{times}）" for question, times in report.top]
        yield "\n".join((f"**{_say('top', language)}**", *listed))
    if report.gaps:
        told_gaps = [
            _say("gap", language, question=_one_line(gap.question), people=gap.people, times=gap.times)
            for gap in report.gaps
        ]
        yield "\n".join((f"**{_say('gaps', language)}**", *(f"- {gap}" for gap in told_gaps)))


def curve(hours: tuple[int, ...]) -> str:
    """One character an hour.

    >>> curve((0, 4, 8))
    '▁▄█'
    """
    most = max(hours, default=0) or 1
    return "".join(_BARS[(count * (len(_BARS) - 1)) // most] for count in hours)


def _one_line(question: str) -> str:
    plain = " ".join(question.split())
    # What people write must not become a mention, a link or a heading in the operators' group.
    plain = plain[:_CHARACTERS].translate(_HARMLESS)
    return f"{plain}…" if len(question) > _CHARACTERS else plain


def _say(key: str, language: Language, **values: object) -> str:
    return _WORDS[key][language].format(**values)
