"""Regular expressions in bots.yaml: which are taken, because their work is bounded whatever text comes.

Python's engine has no bound of its own: `(a+)+b` takes longer than a lifetime for 40 letters. So a pattern is
read as a tree when the file is loaded, and the steps that it may take are counted before it is ever used.
"""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Python's own reader of patterns; 3.11 moved it.
_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

LONGEST_PATTERN = 200
#: Of a question, what a pattern looks through.
MOST_SEARCHED = 500
#: Ways through a pattern from one beginning: one repetition without a bound, or a few with small ones.
MOST_WAYS = 2 * MOST_SEARCHED

_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT"))
_PLAIN = frozenset(("LITERAL", "NOT_LITERAL", "ANY", "IN", "AT", "CATEGORY", "RANGE", "NEGATE"))


class UnboundedPatternError(ValueError):
    """The pattern is no expression, or its work is not bounded; says what to write instead."""


def check_pattern(pattern: str) -> None:
    """Refuse what may take long.

    Raises:
        UnboundedPatternError: says why, in words for the one who wrote it.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise UnboundedPatternError(f"has more than {LONGEST_PATTERN} characters; make several of it")
    try:
        with warnings.catch_warnings():
            # What Python may read otherwise in a later version is a mistake today.
            warnings.simplefilter("error")
            tree = _parser.parse(pattern, re.IGNORECASE)
            re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise UnboundedPatternError(f"is no regular expression: {error}") from error
    ways = _ways(tree)
    if ways > MOST_WAYS:
        raise UnboundedPatternError(
            "repeats too much: give all repetitions but one a small bound, such as {0,9}, or make several "
            "patterns of it"
        )


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that was checked, ready for `found`."""
    return re.compile(pattern, re.IGNORECASE)


def found(pattern: re.Pattern[str], text: str) -> bool:
    """Whether it occurs in the first part of the text."""
    return pattern.search(text[:MOST_SEARCHED]) is not None


def _ways(items: Iterable[Any]) -> int:
    """How many ways a sequence can match from one beginning, at most: each is tried before it gives up."""
    ways = 1
    for operation, argument in items:
        ways *= _ways_of(str(operation), argument)
        if ways > MOST_WAYS:
            return ways
    return ways


def _ways_of(operation: str, argument: Any) -> int:
    if operation in _PLAIN:
        return 1
    if operation == "SUBPATTERN":
        return _ways(argument[-1])
    if operation == "BRANCH":
        return sum(_ways(branch) for branch in argument[1])
    if operation in _REPEATS:
        least, most, body = argument
        inner = _ways(body)
        if inner > 1 and int(most) > 1:
            raise UnboundedPatternError(
                "repeats what can itself be read in several ways, such as (a+)+ or (a|ab)*; take one of the "
                "two repetitions out"
            )
        return inner + 1 if int(most) == 1 else min(int(most), MOST_SEARCHED) - int(least) + 1
    raise UnboundedPatternError(
        f"uses {operation.lower().replace('_', ' ')}, which is not taken: no references back to a group, and "
        "no looking ahead or behind"
    )
