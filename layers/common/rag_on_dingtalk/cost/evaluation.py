"""What a run of golden questions costs, beside what the knowledge base asks for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.evaluation_work import AT_ONCE
from rag_on_dingtalk.observability.spending import cny_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun, RouteRun

#: How long an answer takes where no run says so.
_ANSWER_MS = 10_000


def run_seconds(questions: int) -> float:
    """How long a run takes of which nothing is known.

    >>> run_seconds(40)
    200.0
    """
    return questions * _ANSWER_MS / AT_ONCE / 1000


class RunCost(msgspec.Struct, frozen=True, kw_only=True):
    """A run's estimate.

    milliseconds: how long it takes. cny: of async_answer for that time, alone in its instance.
    tokens: as the last runs had them; None: a route has none yet, so they are not known.
    """

    milliseconds: int
    cny: float
    tokens: int | None


def run_cost(routes: Sequence[str], questions: int, kept: Iterable[EvaluationRun]) -> RunCost:
    """The estimate for that many questions of each route.

    kept: earlier runs, the newest first.
    """
    last: dict[str, RouteRun] = {}
    for run in kept:
        for one in run.routes:
            if one.asked:
                last.setdefault(one.route, one)
    took = sum(questions * (last[route].p50_ms if route in last else _ANSWER_MS) for route in routes)
    known = all(route in last for route in routes)
    tokens = sum(questions * last[route].tokens // last[route].asked for route in routes) if known else None
    return RunCost(milliseconds=took // AT_ONCE, cny=cny_of(took // AT_ONCE), tokens=tokens)
