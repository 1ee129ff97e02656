"""What phrases of dates look like, and what each means. Pure.

A week begins on Monday. What refers to something else than today is left alone: 入职三天后, 每周一, 农历.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from rag_on_dingtalk.safety.dates.calendar import (
    Span,
    day,
    month,
    months,
    quarter,
    quarter_of,
    same_day,
    week,
)
from rag_on_dingtalk.safety.dates.numbers import NUMBER, number, year

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    Meaning = Callable[[re.Match[str], date], Span | None]

_DAYS = {"大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "昨夜": -1, "昨早": -1}
_DAYS |= {"今天": 0, "今日": 0, "今早": 0, "今晨": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晨": 1}
_DAYS |= {"明晚": 1, "后天": 2, "后日": 2, "大后天": 3}
_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "今年": 0, "本年": 0, "明年": 1, "后年": 2}
_OFF = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
_WEEKDAYS = {
    name: index
    for index, names in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for name in names
}
_THIRDS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "初": (1, 10), "中": (11, 20)}
_DAYS_OF = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}
_MONTHS_OF = {"月": 1, "年": 12}
_MOST_AWAY = 3_660

_DAY = rf"(?P<day>{NUMBER})(?:日|号)(?!楼|线|院|库|门|店|文)"
_PART = r"(?P<part>上旬|中旬|下旬|初|中(?![国央心文间])|底|末)"
_YEAR = (
    r"(?P<year>(?<!\d)(?:19|20)\d\d年|[一二]?[〇零一二三四五六七八九]{3,4}年"
    r"|大前年|前年|去年|上年|今年|本年|明年|后年)(?:度(?!假))?"
)
_SHARE = r"(?:份(?!额))?"
_WEEK = r"(?:周|星期|礼拜)"
_UNIT = r"(?P<unit>个?月|个?星期|个?礼拜|天|日|周|年)"
#: Before these the phrase is about today; 入职三天后 counts from another day.
_FROM_TODAY = r"(?<![^\W\d_])(?<!\d)|(?<=[我你他她它们从是])"


def _year(found: re.Match[str], today: date) -> int | None:
    said = found["year"]
    return today.year + _YEARS[said] if said in _YEARS else year(said[:-1])


def _in_month(found: re.Match[str], year_of: int, number_of: int) -> Span | None:
    """A month, a part or a day of it."""
    first, last = month(year_of, number_of)
    said = found.groupdict()
    if said.get("day"):
        which = number(said["day"]) or 0
        return day(first.replace(day=which)) if 0 < which <= last.day else None
    part = said.get("part")
    if part in ("底", "末"):
        return last, last
    if part:
        begin, end = _THIRDS[part]
        return first.replace(day=begin), first.replace(day=min(end, last.day))
    return first, last


def _full(found: re.Match[str], today: date) -> Span | None:
    del today
    return _on(int(found["y"]), int(found["m"]), int(found["d"]))


def _on(year_of: int, month_of: int, day_of: int) -> Span | None:
    if not 1 <= month_of <= 12:  # noqa: PLR2004 - months
        return None
    first, last = month(year_of, month_of)
    return day(first.replace(day=day_of)) if 0 < day_of <= last.day else None


def _of_year(found: re.Match[str], today: date) -> Span | None:
    which, said = _year(found, today), found.groupdict()
    if which is None or not 1900 <= which <= 2199:  # noqa: PLR2004 - years people mean
        return None
    if said["month"]:
        number_of = number(said["month"]) or 0
        return _in_month(found, which, number_of) if 1 <= number_of <= 12 else None  # noqa: PLR2004 - months
    if said["quarter"]:
        return quarter(which, number(said["quarter"]) or 0)
    if said["half"]:
        return months(which, 1, 6) if said["half"] == "上" else months(which, 7, 12)
    if said["end"]:
        return day(month(which, 12)[1])
    # A year that is named needs no hint.
    return months(which, 1, 12) if found["year"] in _YEARS else None


def _month_of(found: re.Match[str], today: date) -> Span | None:
    return _in_month(found, today.year, today.month + _OFF[found["off"]])


def _month(found: re.Match[str], today: date) -> Span | None:
    which = number(found["month"]) or 0
    return _in_month(found, today.year, which) if 1 <= which <= 12 else None  # noqa: PLR2004 - months


def _week(found: re.Match[str], today: date) -> Span:
    said = found.groupdict()
    first, last = week(today, weeks=_OFF[said.get("off") or "这"])
    if said.get("weekend"):
        return last - timedelta(days=1), last
    return day(first, days=_WEEKDAYS[said["weekday"]]) if said.get("weekday") else (first, last)


def _day(found: re.Match[str], today: date) -> Span:
    return day(today, days=_DAYS[found["word"]])


def _away(found: re.Match[str], today: date) -> Span | None:
    sign = -1 if found["side"].endswith("前") else 1
    return _moved(found, today, sign, whole=False)


def _lately(found: re.Match[str], today: date) -> Span | None:
    sign = 1 if found["side"] in ("未来", "接下来") else -1
    return _moved(found, today, sign, whole=True)


def _moved(found: re.Match[str], today: date, sign: int, *, whole: bool) -> Span | None:
    unit, half = found["unit"].removeprefix("个"), found["n"] == "半"
    count = 1 if half else number(found["n"]) or 0
    if half and unit == "年":
        count, unit = 6, "月"
    elif half and unit == "月":
        count, unit = 15, "天"
    elif half:
        return None
    if not 0 < count * (30 if unit in _MONTHS_OF else 1) <= _MOST_AWAY:
        return None
    if unit in _MONTHS_OF:
        there = same_day(today, months_off=sign * count * _MONTHS_OF[unit])
    else:
        there = today + timedelta(days=sign * count * _DAYS_OF[unit])
    if not whole:
        return there, there
    return (there, today) if sign < 0 else (today, there)


def _quarter(found: re.Match[str], today: date) -> Span:
    if off := found.groupdict().get("off"):
        return quarter(today.year, quarter_of(today) + _OFF[off])
    return quarter(today.year, number(found["quarter"]) or 0)


def _half(found: re.Match[str], today: date) -> Span:
    return months(today.year, 1, 6) if found["half"] == "上" else months(today.year, 7, 12)


def _year_end(found: re.Match[str], today: date) -> Span:
    del found
    return day(month(today.year, 12)[1])


def _month_part(found: re.Match[str], today: date) -> Span | None:
    return _in_month(found, today.year, today.month)


#: In no order: of phrases that begin at one place the longest counts.
RULES: list[tuple[re.Pattern[str], Meaning]] = [
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        # 2026/1/3
        (
            r"(?<![\d./-])(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?![./-]?\d)",
            _full,
        ),
        # 2026年, 去年三月五号, 今年第三季度, 明年上半年, 去年底
        (
            (
                rf"{_YEAR}(?:的?(?P<month>{NUMBER})月{_SHARE}(?:的?(?:{_DAY}|{_PART}))?"
                r"|的?第?(?P<quarter>[1-4一二三四])季度?|的?(?P<half>[上下])半年|年?(?P<end>[底末]))?"
            ),
            _of_year,
        ),
        # 下个月三号, 上月底
        (rf"(?P<off>上上|下下|上|这|本|当|下)个?月{_SHARE}(?:的?(?:{_DAY}|{_PART}))?(?!球)", _month_of),
        # 3月5日, 三月初; 3月; 三月份
        (rf"(?<![\d.个几])(?P<month>{NUMBER})月{_SHARE}的?(?:{_DAY}|{_PART})", _month),
        (rf"(?<![\d.个几])(?P<month>{NUMBER})月份(?!额)", _month),
        (r"(?<![\d.个几])(?P<month>\d{1,2})月(?![龄租个份付薪均\d])", _month),
        # 上周五, 这周末, 下下周
        (
            (
                rf"(?P<off>上上|下下|上|这|本|下)个?{_WEEK}(?:(?P<weekend>末)|(?P<weekday>[一二三四五六日天1-7])"
                r"(?![十个次]))?(?![岁年期])"
            ),
            _week,
        ),
        # 周五, 星期天, 周末
        (
            rf"(?<![每一两几各隔逢双单个\d]){_WEEK}(?P<weekday>[一二三四五六日])(?![一二三四五六七八九十次个年般])",
            _week,
        ),
        (r"(?<![每一两几各隔逢双单个\d])(?:星期|礼拜)(?P<weekday>天)", _week),
        (r"(?<![每一两几各隔逢双单个\d])周(?P<weekend>末)", _week),
        (
            (
                r"(?<![光透])(?P<word>大前天|前天|前日|昨天|昨日|昨晚|昨夜|昨早|今天|今日|今早|今晨|今晚|明天|明日|明早|明晨"
                r"|明晚|大后天|(?<!先)后天(?!性|免疫)|后日)(?!地)"
            ),
            _day,
        ),
        # 三天前, 两周后, 半年前
        (rf"(?:{_FROM_TODAY})(?P<n>半|{NUMBER}){_UNIT}(?P<side>以前|之前|以后|之后|前|后)", _away),
        # 最近三个月, 未来两周
        (rf"(?P<side>过去|最近|近|未来|接下来)的?(?P<n>半|{NUMBER}){_UNIT}", _lately),
        (r"(?P<off>上上|下下|上|这|本|下)(?:一个|个|一)?季度", _quarter),
        (r"(?<![年度\d一二三四])(?:第?(?P<quarter>[1-4一二三四])季度)", _quarter),
        (r"(?<![每])(?P<half>[上下])半年(?!度?的?假)", _half),
        (r"(?<![每])年(?:底|末)", _year_end),
        (r"(?<![每个逐])月(?P<part>底|末|初)", _month_part),
    )
]
