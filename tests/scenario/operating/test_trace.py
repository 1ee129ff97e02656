"""One identity from the message to the backend, and a question's life by command."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, ROOT
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.days import day_of
from tests.scenario.command_line.test_command_line import environment

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def command(system: LocalSystem, *arguments: str) -> tuple[int | None, str]:
    """Exit status, and what the command prints, of `python -m rag_on_dingtalk …` on the local tables."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rag_on_dingtalk", *arguments),
        cwd=ROOT,
        env=environment(
            TABLESTORE_ENDPOINT=system.tablestore.url,
            TABLESTORE_INSTANCE=INSTANCE,
            ALIBABA_CLOUD_ACCESS_KEY_ID=ACCESS_KEY_ID,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=ACCESS_KEY_SECRET,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_one_id_goes_through_callback_queue_worker_card_tables_and_backend(
    system: LocalSystem, private: Chat
) -> None:
    card = await private.ask("年假有几天？")
    turn_id = card.out_track_id

    assert is_turn_id(turn_id)
    lines = [json.loads(entry.line) for entry in system.log if turn_id in entry.line]
    assert {line["service"] for line in lines} >= {"callback", "async_answer"}
    (row,) = [one for one in system.tablestore.rows("questions", 10_000) if one["turn_id"] == turn_id]
    assert row["outcome"] == "answered"
    assert turn_id in {request.headers.get("x-request-id") for request in system.knowledge.requests}


async def test_a_questions_life_is_printed_without_its_words(system: LocalSystem, private: Chat) -> None:
    card = await private.ask("年假有几天？")

    status, out = await command(system, "trace", card.out_track_id)
    _, whole = await command(system, "trace", "--words", card.out_track_id)

    assert status == 0, out
    # No frame: an answer that is ready before its card is created with it.
    for step in ("asked", "claimed", "first_piece", "closed", "outcome=answered"):
        assert step in out
    assert "年假" not in out
    assert "question  年假有几天？" in whole
    reads = [row for row in system.tablestore.rows("audit", 10_000) if row.get("act") == "question.read"]
    assert [row["what"] for row in reads if row["what"] == card.out_track_id] == [card.out_track_id]


async def test_an_id_that_is_none_and_a_question_that_is_not_there_are_said_to_be(
    system: LocalSystem,
) -> None:
    assert (await command(system, "trace", "t1"))[0] == 1
    status, out = await command(system, "trace", "t" + "0" * 31)

    assert status == 1
    assert "30 days" in out


async def test_a_days_report_is_printed_and_equals_the_rows(system: LocalSystem, private: Chat) -> None:
    await private.ask("年假有几天？")
    today = day_of(now_ms())

    status, out = await command(
        system, "report", str(ROOT / "devserver/bots.yaml"), "--bot", "handbook", "--day", today
    )

    rows = [
        row for row in system.tablestore.rows("questions", 10_000) if row["bot_day"] == f"handbook/{today}"
    ]
    asked = sum(row["outcome"] in ("answered", "nothing_found", "failed", "stopped") for row in rows)
    assert status == 0, out
    assert f"提问 {asked} 次" in out
    reads = [row for row in system.tablestore.rows("audit", 10_000) if row.get("act") == "question.read"]
    assert f"report of {today} to {today}" in {row["what"] for row in reads}
