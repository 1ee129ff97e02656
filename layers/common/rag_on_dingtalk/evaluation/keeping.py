"""A run as it is kept: what counts, and what was not passed. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun, Missed, RouteRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.evaluation.golden import GoldenQuestion
    from rag_on_dingtalk.evaluation.running import Result

#: Of a run, so that its row stays small: questions that were not passed, and characters of each text.
_MOST_MISSED, _MOST_PROBLEMS, _LONGEST = 100, 5, 200


def run_of(results: Mapping[str, Sequence[Result]], *, file: str, at_ms: int) -> EvaluationRun:
    """The run of these results; answers are not kept.

    results: by route, the one that is judged first. at_ms: milliseconds since the epoch.
    """
    routes = tuple(_route(name, found) for name, found in results.items())
    return EvaluationRun(at_ms=at_ms, file=file, routes=routes)


def _route(name: str, results: Sequence[Result]) -> RouteRun:
    missed = [one for one in results if not one.passed]
    times = sorted(one.answer.milliseconds for one in results)
    return RouteRun(
        route=name,
        asked=len(results),
        passed=len(results) - len(missed),
        failed=sum(bool(one.answer.failure) for one in results),
        p50_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
        tokens=sum(one.answer.tokens for one in results),
        missed=tuple(
            Missed(
                ask=one.question.ask[:_LONGEST],
                problems=tuple(told[:_LONGEST] for told in one.problems[:_MOST_PROBLEMS]),
            )
            for one in missed[:_MOST_MISSED]
        ),
    )


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One judged question while its run goes on: what `run_of` needs of it, and no answer.

    failure: as in `Answer`. milliseconds: until the whole answer was there.
    """

    problems: tuple[str, ...] = ()
    failure: str = ""
    milliseconds: int = 0
    tokens: int = 0

    @classmethod
    def of(cls, result: Result) -> Judged:
        """What is kept of a result."""
        answer = result.answer
        return cls(
            problems=tuple(told[:_LONGEST] for told in result.problems[:_MOST_PROBLEMS]),
            failure=answer.failure[:_LONGEST],
            milliseconds=answer.milliseconds,
            tokens=answer.tokens,
        )

    def result(self, question: GoldenQuestion) -> Result:
        """The result again, without its answer."""
        from rag_on_dingtalk.evaluation.asking import Answer  # it loads what asks a backend
        from rag_on_dingtalk.evaluation.running import Result

        answer = Answer(failure=self.failure, milliseconds=self.milliseconds, tokens=self.tokens)
        return Result(question=question, answer=answer, problems=self.problems)


def percentile(times: Sequence[int], share: float) -> int:
    """Of sorted times; 0 without any."""
    return times[max(math.ceil(share * len(times)) - 1, 0)] if times else 0
