"""Texts that a page must not take for anything but text."""

from __future__ import annotations

#: Texts that would be something else than text where a page forgot to escape them.
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "</textarea><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "\u202e\u2066abc\u2069 反转",
)
