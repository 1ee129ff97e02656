"""Who asks quite otherwise than before: questions an hour, and the share that wants data taken out. Pure.

Median and MAD (median absolute deviation) of a person's own active hours of 14 days. Unlike mean and standard
deviation they are not moved by the very hour that is looked for.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag_on_dingtalk.observability.events import QuestionEvent

DAYS = 14
#: Fewer in an hour are not unusual, whatever was usual.
LEAST_ACTS = 20
_DEVIATIONS = 6.0
#: A person who always asks the same number has a MAD of 0; one more is not unusual.
_LEAST_MAD = {"questions": 1.0, "share": 0.05}
#: Questions that ask for data rather than for an answer.
_VERBS = (
    "导出", "下载", "全部", "所有人", "名单", "通讯录", "密码", "密钥", "身份证", "工资", "薪资", "银行卡",
    "export", "download", "list all", "password", "salary", "everyone's",
)  # fmt: skip


class Unusual(msgspec.Struct, frozen=True):
    """One person's hour.

    what: `questions` an hour, or the `share` of them that asks for data.
    found, usual: of the hour, and the median of those before; deviations: how many MAD lie between.
    """

    asker: str
    hour: str
    what: str
    found: float
    usual: float
    deviations: float


def busy_askers(events: Iterable[QuestionEvent]) -> set[str]:
    """The people with enough questions in one hour to be looked at."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for event in events:
        counts[event.asker, event.hour] += 1
    return {asker for (asker, _), count in counts.items() if count >= LEAST_ACTS}


def unusual(events: Iterable[QuestionEvent], hour: str) -> Iterator[Unusual]:
    """The people whose questions of an hour differ from their earlier ones.

    events: of that hour and of the days before it, of any people, in any order.
    """
    of: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        if event.hour <= hour:
            of[event.asker][event.hour].append(_asks_for_data(event.question))
    for asker, hours in sorted(of.items()):
        now = hours.pop(hour, [])
        if len(now) >= LEAST_ACTS:
            yield from _compared(asker, hour, "questions", len(now), [len(one) for one in hours.values()])
            shares = [sum(one) / len(one) for one in hours.values()]
            yield from _compared(asker, hour, "share", sum(now) / len(now), shares)


def _compared(
    asker: str, hour: str, what: str, found: float, before: list[float] | list[int]
) -> Iterator[Unusual]:
    usual = median(before) if before else 0.0
    mad = max(median(abs(one - usual) for one in before) if before else 0.0, _LEAST_MAD[what])
    deviations = (found - usual) / mad
    if deviations >= _DEVIATIONS:
        yield Unusual(asker, hour, what, found, usual, deviations)


def _asks_for_data(question: str) -> bool:
    folded = question.casefold()
    return any(verb in folded for verb in _VERBS)
