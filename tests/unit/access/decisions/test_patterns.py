"""Patterns in bots.yaml: those that could take long are refused when the file is loaded."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bot import Bots
from rag_on_dingtalk.settings.checks.bots import check
from rag_on_dingtalk.settings.checks.patterns import (
    LONGEST_PATTERN,
    MOST_SEARCHED,
    UnboundedPatternError,
    check_pattern,
    compiled,
    found,
)
from rag_on_dingtalk.settings.sections.access import QuestionWords, Route, When
from tests.builders import a_bot
from tests.examples import examples

#: Known ways to make a backtracking engine work for ever: OWASP's, and those of published advisories.
REDOS = (
    r"(a+)+$",
    r"([a-zA-Z]+)*$",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"(.*a){20}$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y",
    r"(\w+\s?)*:",
    r"^(\d+)*$",
    r"(?:(?:a*)*)*b",
    r".*.*.*=.*",
    r"\s+\s+\s+$",
    r"^([a-z0-9])(([\-.]|[_]+)?([a-z0-9]+))*(@)",
    r"(a*)*b",
    r"(?:a|b|ab)*c",
    r"((a{1,50}){1,50}){1,50}b",
    r"(.{1,300}){1,300}!",
    r"a{0,500}a{0,500}b",
    r"(\S+\s+)*x",
    r"(.+)+\n",
)
REFUSED = (*REDOS, r"(a)\1", r"(?=a+)b", r"(?<!a)b", r"(?P<n>a)(?P=n)", "(", "[", "a" * (LONGEST_PATTERN + 1))
TAKEN = (
    "对比.*区别",
    r"(?:为什么|怎么会|原因)",
    r"\d{4}\s?年",
    r"^请(?:详细|具体)?(?:说明|分析)",
    r"[A-Z]{2,5}-\d{1,6}",
    r"(?:第[一二三四五]章|附件\s?\d{1,2}).{0,20}",
    r"\bVPN\b",
    r"(?:ab)+c",
)


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_may_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(UnboundedPatternError):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", TAKEN)
def test_what_people_need_is_taken(pattern: str) -> None:
    check_pattern(pattern)


def test_a_refused_pattern_names_its_route_and_what_to_do() -> None:
    plain = a_bot()
    assert plain.backend is not None
    hard = Route(name="hard", use="kb", when=When(question=QuestionWords(regex=("(a+)+b",))))
    bot = a_bot(backend=None, backends={"kb": plain.backend}, routes=(hard, Route(name="all", use="kb")))

    with pytest.raises(ConfigurationError, match=r"routes: hard has a `regex` .* take one of the"):
        check(Bots(bots={"handbook": bot}))


def test_only_the_first_part_of_a_question_is_searched() -> None:
    pattern = compiled("末尾")

    assert found(pattern, "。" * (MOST_SEARCHED - 2) + "末尾")
    assert not found(pattern, "。" * (MOST_SEARCHED - 1) + "末尾")


def test_case_makes_no_difference() -> None:
    assert found(compiled("VPN"), "vpn 连不上")


_PIECES = ("a", "b", ".", r"\w", "[ab]", "(a)", "(?:ab)", "(a|b)", "(?:a|ab)", "a?", "a*", ".+", "(a*)")
_REPEATS = ("", "", "", "*", "+", "?", "{0,9}", "{2}", "*?")


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(_REPEATS)), min_size=1, max_size=4))
def test_the_steps_of_a_taken_pattern_are_bounded(parts: list[tuple[str, str]]) -> None:
    pattern = "".join(f"(?:{piece}){repeat}" for piece, repeat in parts) + "!"
    try:
        check_pattern(pattern)
    except UnboundedPatternError:
        return
    # Nothing in the text matches the end: every way is tried. Steps are counted by a matcher of our own.
    text = "ab" * 12
    assert _steps(parts, text) <= 72_000


def _steps(parts: list[tuple[str, str]], text: str) -> int:
    """How many ways a naive matcher tries: it stands for the engine, which gives up none of them."""
    singles = [re.compile(piece) for piece, _ in parts]
    bounds = dict.fromkeys(("*", "*?"), (0, 99)) | {"": (1, 1), "+": (1, 99), "?": (0, 1)}
    bounds |= {"{0,9}": (0, 9), "{2}": (2, 2)}
    tried = 0

    def walk(number: int, at: int, repeated: int) -> None:
        nonlocal tried
        tried += 1
        if tried > 80_000 or number == len(parts):
            return
        least, most = bounds[parts[number][1]]
        if repeated >= least:
            walk(number + 1, at, 0)
        if repeated < most:
            ends = {end for end in range(at + 1, len(text) + 1) if singles[number].fullmatch(text, at, end)}
            for end in ends:
                walk(number, end, repeated + 1)

    for begin in range(len(text)):
        walk(0, begin, 0)
    return tried
