"""All questions, some at a time, each judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
import msgspec

from rag_on_dingtalk.evaluation.asking import Answer
from rag_on_dingtalk.evaluation.golden import GoldenQuestion
from rag_on_dingtalk.evaluation.judging import problems

if TYPE_CHECKING:
    from collections.abc import Sequence


class Asker(Protocol):
    """What answers a question: a backend, a skill."""

    async def __call__(self, question: str) -> Answer:
        """The answer; what goes wrong is in its `failure`."""
        ...


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One question, its answer, and what does not hold; nothing: it is passed."""

    question: GoldenQuestion
    answer: Answer
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Everything holds."""
        return not self.problems


async def evaluate(
    questions: Sequence[GoldenQuestion], asker: Asker, *, at_once: int = 2
) -> tuple[Result, ...]:
    """Ask all of them, in their order, and judge the answers.

    at_once: questions in flight.
    """
    found: dict[int, Result] = {}
    free = anyio.Semaphore(at_once)

    async def _one(number: int, question: GoldenQuestion) -> None:
        async with free:
            answer = await asker(question.ask)
        told = tuple(problems(question, answer))
        found[number] = Result(question=question, answer=answer, problems=told)

    async with anyio.create_task_group() as tasks:
        for number, question in enumerate(questions):
            tasks.start_soon(_one, number, question)
    return tuple(found[number] for number in range(len(questions)))
