"""The card of an incident, in both languages. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.observability.incidents.rules import RULES

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.incidents.life import Incident

Language = Literal["zh", "en"]

ACKNOWLEDGE = {"zh": "知道了", "en": "Got it"}
MUTE = {"zh": "静音 2 小时", "en": "Mute for 2 hours"}

_OPEN = {"zh": "🔴 {title}：{what}", "en": "🔴 {title}: {what}"}
_OVER = {"zh": "🟢 {title}：已恢复（{what}）", "en": "🟢 {title}: over ({what})"}
_NUMBERS = {
    "zh": "{first} 起共 {count} 次，最近一次 {last}。{detail}",
    "en": "{count} times since {first}, the last at {last}. {detail}",
}
_TAKEN = {"zh": "{by} 正在处理。", "en": "{by} is on it."}
_MUTED = {"zh": "静音到 {until}。", "en": "Muted until {until}."}
_LASTED = {"zh": "持续 {minutes} 分钟，共 {count} 次。", "en": "It lasted {minutes} minutes, {count} times."}


def buttons(language: Language) -> tuple[str, str]:
    """What an operator may tap."""
    return ACKNOWLEDGE[language], MUTE[language]


def told(kind: str, incident: Incident, *, title: str, language: Language, now_ms: int) -> str:
    """The card while the incident is open."""
    lines = [
        f"**{_OPEN[language].format(title=title, what=_what(kind, language))}**",
        _NUMBERS[language]
        .format(
            first=_clock(incident.first_ms),
            count=incident.count,
            last=_clock(incident.last_ms),
            detail=incident.detail,
        )
        .rstrip(),
    ]
    if incident.acknowledged_by:
        lines.append(_TAKEN[language].format(by=incident.acknowledged_by))
    if incident.muted_until_ms > now_ms:
        lines.append(_MUTED[language].format(until=_clock(incident.muted_until_ms)))
    return "\n\n".join(lines)


def over(kind: str, before: Incident, *, title: str, language: Language, now_ms: int) -> str:
    """The card once it is over; before: the incident as it last was."""
    minutes = max(round((now_ms - before.first_ms) / 60_000), 1)
    return "\n\n".join(
        (
            f"**{_OVER[language].format(title=title, what=_what(kind, language))}**",
            _LASTED[language].format(minutes=minutes, count=before.count),
        )
    )


def _what(kind: str, language: Language) -> str:
    rule = RULES.get(kind)
    return kind if rule is None else (rule.zh if language == "zh" else rule.en)


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).strftime("%H:%M:%S")
