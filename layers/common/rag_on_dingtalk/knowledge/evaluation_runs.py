"""Runs of golden questions that were kept: what the console shows of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was not passed: what was asked, and what does not hold."""

    ask: str
    problems: tuple[str, ...]


class RouteRun(msgspec.Struct, frozen=True, kw_only=True):
    """One route's part of a run.

    asked, passed: questions; failed: those without a whole answer.
    p50_ms, p95_ms: of an answer. tokens: as the backend counts them.
    missed: questions that were not passed, the first of them.
    """

    route: str
    asked: int
    passed: int
    failed: int
    p50_ms: int
    p95_ms: int
    tokens: int
    missed: tuple[Missed, ...] = ()


class EvaluationRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    at_ms: when it ended, milliseconds since the epoch. file: the name of the questions' file.
    routes: the one that was judged first; behind it the one that it was compared with.
    """

    at_ms: int
    file: str
    routes: tuple[RouteRun, ...]


def run_columns(run: EvaluationRun) -> Columns:
    """As it is stored."""
    return {"content": msgspec.json.encode(run).decode()}


def read_run(columns: Columns) -> EvaluationRun | None:
    """A stored run; None for one of another edition."""
    try:
        return msgspec.json.decode(str(columns["content"]), type=EvaluationRun)
    except (msgspec.DecodeError, KeyError):
        return None
