"""The results as a table, and as JSON. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.evaluation.keeping import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag_on_dingtalk.evaluation.running import Result

#: Of a question, in columns of a terminal.
_WIDTH = 44


def told(results: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    """The lines; results: by route, the one that is judged first."""
    routes = list(results)
    yield f"{_fitted('', _WIDTH)}  {'  '.join(f'{route:<18}' for route in routes)}".rstrip()
    for number, first in enumerate(results[routes[0]]):
        cells = "  ".join(f"{_cell(results[route][number]):<18}" for route in routes)
        yield f"{_fitted(first.question.ask, _WIDTH)}  {cells}".rstrip()
        for route in routes:
            for problem in results[route][number].problems:
                yield f"    {route}: {problem}"
    yield ""
    for route in routes:
        yield f"{route}: {summary(results[route])}"


def summary(results: Sequence[Result]) -> str:
    """One route in a line."""
    passed, failed = sum(one.passed for one in results), sum(bool(one.answer.failure) for one in results)
    times = sorted(one.answer.milliseconds for one in results)
    tokens = sum(one.answer.tokens for one in results)
    return (
        f"{passed} of {len(results)} passed, {failed} without an answer; "
        f"P50 {percentile(times, 0.5) / 1000:.1f} s, P95 {percentile(times, 0.95) / 1000:.1f} s; "
        f"{tokens} tokens"
    )


def worse(results: Sequence[Result], against: Sequence[Result]) -> list[str]:
    """The questions that pass there and not here."""
    return [
        one.question.ask
        for one, other in zip(results, against, strict=True)
        if other.passed and not one.passed
    ]


def as_json(results: Mapping[str, Sequence[Result]]) -> dict[str, Any]:
    """Everything, for a program."""
    return {
        route: [
            {
                "ask": one.question.ask,
                "passed": one.passed,
                "problems": list(one.problems),
                "failure": one.answer.failure,
                "nothing_found": one.answer.nothing_found,
                "cited": list(one.answer.cited),
                "milliseconds": one.answer.milliseconds,
                "tokens": one.answer.tokens,
                "answer": one.answer.text,
            }
            for one in found
        ]
        for route, found in results.items()
    }


def _cell(result: Result) -> str:
    verdict = "passed" if result.passed else "ERROR" if result.answer.failure else "FAILED"
    return f"{verdict} {result.answer.milliseconds / 1000:.1f} s"


def _fitted(text: str, width: int) -> str:
    """One line of that many columns; a Chinese character takes two."""
    out, used = "", 0
    for character in " ".join(text.split()):
        wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used + wide > width:
            break
        out, used = out + character, used + wide
    return out + " " * (width - used)
