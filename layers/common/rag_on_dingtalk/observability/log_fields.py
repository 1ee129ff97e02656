"""Fields that every log line carries while a job is worked on.

They are kept in a context variable: tasks that are started inside the block inherit them, and jobs beside it
do not see them. `powertools_logger` merges them into each line. The callback's logger does not: it passes its
few fields itself, and a cold start saves the import of `contextvars`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS: ContextVar[dict[str, str | int] | None] = ContextVar("log_fields", default=None)


@contextmanager
def log_fields(**fields: str | int) -> Iterator[None]:
    """Let every line of the block, and of the tasks started in it, carry these fields too.

    >>> with log_fields(bot="handbook"), log_fields(turn_id="t1"):
    ...     with_fields({"error": "no answer"})
    {'bot': 'handbook', 'turn_id': 't1', 'error': 'no answer'}
    >>> with_fields({})
    {}
    """
    token = _FIELDS.set({**(_FIELDS.get() or {}), **fields})
    try:
        yield
    finally:
        _FIELDS.reset(token)


def also(**fields: str | int) -> None:
    """Let every line of the innermost block carry these fields from now on, in tasks that run already, too.

    >>> with log_fields(turn_id="t1"):
    ...     also(arm="new-handbook:canary")
    ...     with_fields({})
    {'turn_id': 't1', 'arm': 'new-handbook:canary'}
    """
    around = _FIELDS.get()
    if around is not None:
        around.update(fields)


def with_fields(fields: dict[str, str | int]) -> dict[str, str | int]:
    """A line's own fields and those of the block around it; its own win."""
    return {**(_FIELDS.get() or {}), **fields}
