"""Every backend: where a process reads many answers, it takes what has come together at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.backends.transport.pace import OF_THIS_PROCESS
from rag_on_dingtalk.testing.outcome import Outcome, outcome
from rag_on_dingtalk.testing.replayed import Pieces
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from rag_on_dingtalk.testing.dialect import Dialect

PIECES = ["<think>卡</think>", "补", "卡", "每月", " 🙂", "三", "次。", "<br>"]


async def said(dialect: Dialect, *parts: bytes, beside: int) -> Outcome:
    """The answer whose body comes in these parts, in a process that reads this number of others."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Pieces(*parts)))
    with ExitStack() as others:
        for _ in range(beside):
            others.enter_context(OF_THIS_PROCESS.reading())
        async with httpx.AsyncClient(transport=transport) as http:
            return await outcome(dialect.build("http://kb.example.com", http))


def whole(dialect: Dialect) -> tuple[bytes, bytes]:
    first, *others = map(dialect.text, PIECES)
    return first, b"".join(others) + dialect.end()


@skipping
async def test_the_answer_is_the_same_in_fewer_parts(dialect: Dialect) -> None:
    alone = await said(dialect, *whole(dialect), beside=0)
    among_many = await said(dialect, *whole(dialect), beside=200)

    assert (among_many.error, among_many.text, among_many.reasoning) == (None, alone.text, alone.reasoning)
    assert among_many.citations == alone.citations
    assert among_many.identifiers_known == alone.identifiers_known
    assert sum(isinstance(part, Text) for part in among_many.parts) <= 3


@skipping
async def test_what_was_said_before_a_failure_in_the_same_read_is_kept(dialect: Dialect) -> None:
    first, *others = map(dialect.text, PIECES)
    parts = (first, b"".join(others) + dialect.failure("fetch failed"))
    alone = await said(dialect, *parts, beside=0)
    among_many = await said(dialect, *parts, beside=200)

    assert among_many.error is not None
    assert (among_many.kind, among_many.text) == (alone.kind, alone.text)


@pytest.mark.parametrize(
    ("answers", "pause"), [(1, 0.0), (20, 0.0), (21, 0.002), (60, 0.08), (400, 0.12), (4_000, 0.12)]
)
def test_few_answers_are_read_at_once_and_no_answer_waits_long(answers: int, pause: float) -> None:
    with ExitStack() as others:
        for _ in range(answers):
            others.enter_context(OF_THIS_PROCESS.reading())

        assert OF_THIS_PROCESS.pause == pytest.approx(pause)
