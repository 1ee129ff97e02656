"""Regular expressions of skills: what cannot take long is allowed, all else is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.patterns import safe_pattern
from rag_on_dingtalk.knowledge.skills.wording import MOST_READ

FIT = [
    r"年假.{0,10}(余额|还剩)",
    r"^VPN",
    r"(?:订|预订)[\s\S]{0,5}会议室",
    r"\d{4}年",
    r"请假\s*单",
    r"(a|b)c+d",
    r"(?i:vpn)",
]
SLOW = [
    r"(a+)+$",
    r"(a*)*b",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"([a-z]+)*@",
    r"(.*)(.*)(.*)x",
    r"a*a*a*a*b",
    r"(\w+\s?)+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?=(a+))\1+b",
    r"(x+x+)+y",
    r"(.{0,100}){5}b",
    r"\d{0,50}\d{0,50}\d{0,50}x",
    r"(?:a?){100}a{100}",
    r"(a)\1*",
]


@pytest.mark.parametrize("written", FIT)
def test_what_people_write_is_allowed(written: str) -> None:
    assert safe_pattern(written, where="here").pattern == written


@pytest.mark.parametrize("written", SLOW)
def test_what_could_take_for_ever_is_refused_with_a_reason(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"here (repeats|uses|is no regular)"):
        safe_pattern(written, where="here")


@pytest.mark.parametrize("written", ["(", "*a", "[z-a]", "(?P<a>x)(?P<a>y)", "a{99999999999}", "((((" * 400])
def test_what_is_no_pattern_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError):
        safe_pattern(written, where="here")


@given(st.text(alphabet="ab*+?{}0,1()|[].\\d^$", max_size=40))
def test_a_pattern_that_is_allowed_takes_a_bounded_number_of_steps(written: str) -> None:
    try:
        pattern = safe_pattern(written, where="here")
    except ConfigurationError:
        return
    began = time.process_time()
    for text in ("a" * MOST_READ, "ab" * (MOST_READ // 2), "a0" * 99 + "!!"):
        pattern.search(text)
    # A matcher that goes back over its choices would take years; the bound itself is a few milliseconds.
    assert time.process_time() - began < 2
