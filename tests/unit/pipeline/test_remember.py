"""What is written of a finished question, in the whole worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import AnswerPart, NothingFound, Text, Usage
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    import asyncio

    from rag_on_dingtalk.storage.rows.client import Columns

WITH_CARDS = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE))
ANSWER: list[AnswerPart | Exception | asyncio.Event] = [Text("五"), Text("天。"), Usage(900, 40)]


def row(worker: Worker) -> Columns:
    ((_, found),) = worker.rows.tables["questions"].items()
    return found


def counts(worker: Worker) -> Columns:
    ((_, found),) = worker.rows.tables["stats"].items()
    return found


@skipping
async def test_an_answered_question_has_a_row_and_is_counted_in_one_request() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        await worker.answer(a_question())

    assert [call for call in worker.rows.calls if "questions" in call] == ["batch questions stats"]
    assert (row(worker)["outcome"], row(worker)["question"], row(worker)["asker"]) == (
        "answered",
        "年假有几天？",
        "user0001",
    )
    found = counts(worker)
    assert (found["asked"], found["outcome_answered"], found["backend_ok"]) == (1, 1, 1)
    assert (found["prompt_tokens"], found["completion_tokens"]) == (900, 40)


@skipping
async def test_a_question_delivered_again_here_or_elsewhere_is_counted_once() -> None:
    async with Worker(WITH_CARDS).started() as one:
        one.backend.parts = [*ANSWER]
        await one.answer(a_question())
        await one.answer(a_question())
    async with Worker(WITH_CARDS, rows=one.rows, dingtalk=one.dingtalk).started() as other:
        await other.answer(a_question())

    assert counts(one)["asked"] == 1


@pytest.mark.parametrize(
    ("parts", "outcome", "backend"),
    [
        ([NothingFound(), Text("没有找到。")], "nothing_found", "ok"),
        ([BackendError(FailureKind.CONFIG_AUTH, "401")], "failed", "config_auth"),
    ],
)
@skipping
async def test_what_went_wrong_is_counted_by_its_kind(parts: list[Any], outcome: str, backend: str) -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = parts
        await worker.answer(a_question())

    assert (row(worker)["outcome"], counts(worker)[f"backend_{backend}"]) == (outcome, 1)


@skipping
async def test_a_command_is_no_question_of_the_backend() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        await worker.answer(a_question(text="/help", webhook=a_webhook()))

    assert row(worker)["outcome"] == "commands"
    assert [name for name in counts(worker) if name.startswith("backend_")] == []


@pytest.mark.parametrize("missing", [{"questions"}, {"stats"}, {"questions", "stats"}])
@skipping
async def test_in_a_deployment_without_the_tables_everything_is_answered_and_a_line_says_so(
    missing: set[str],
) -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.rows.missing = missing
        worker.backend.parts = [*ANSWER]

        seen = await worker.answer(a_question())

    assert (seen.result, seen.card and seen.card[-1], seen.finished) == ("answered", "五天。", True)
    assert "WARNING not_counted" in worker.log


@pytest.mark.parametrize("error", [TimeoutError(), ValueError("anything"), OSError()])
@skipping
async def test_whatever_the_writing_raises_the_question_is_answered(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> list[str]:
        raise error

    async with Worker(WITH_CARDS).started() as worker:
        monkeypatch.setattr(worker.rows, "write_all", broken)
        worker.backend.parts = [*ANSWER]

        seen = await worker.answer(a_question())

    assert (seen.result, seen.finished) == ("answered", True)
    assert "WARNING not_counted" in worker.log


@skipping
async def test_a_verdict_is_noted_beside_the_question_and_counted() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        await worker.answer(a_question(turn_id="t" + "0" * 31))
        await worker.click("dislike", turn_id="t" + "0" * 31)

    assert row(worker)["feedback"] == "dislike"
    assert row(worker)["outcome"] == "answered"
    assert sum(int(one.get("disliked", 0)) for one in worker.rows.tables["stats"].values()) == 1
