"""Numbers up to 999, and years, in Chinese and Arabic digits. Pure."""

from __future__ import annotations

#: A pattern of what `number` reads.
NUMBER = r"(?:\d{1,3}|[零〇一二两三四五六七八九十百]{1,5})"

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}


def number(text: str) -> int | None:
    """The number; None when it is none, such as 十百.

    >>> [number(text) for text in ("12", "十二", "三十", "二十一", "一百零五", "两")]
    [12, 12, 30, 21, 105, 2]
    """
    if text.isdecimal():
        return int(text)
    total, digit, last = 0, -1, 1000
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            if unit >= last or digit == 0:
                return None
            total += unit * (digit if digit > 0 else 1)
            digit, last = -1, unit
        elif character in _DIGITS and digit in (-1, 0):
            digit = _DIGITS[character]
        else:
            return None
    return total + max(digit, 0)


def year(text: str) -> int | None:
    """A year of four digits, Arabic or Chinese.

    >>> year("二〇二六")
    2026
    """
    digits = "".join(str(_DIGITS.get(one, one)) for one in text)
    return int(digits) if digits.isdecimal() and len(digits) == 4 else None  # noqa: PLR2004 - digits of a year
