"""Which messages are commands, and what each of them does and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.pipeline.stages.commands import COMMANDS, help_, new, stop
from rag_on_dingtalk.pipeline.stages.commands.command_word import read_word
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from types import ModuleType

ZH = Texts("zh")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", new),
        (" /NEW ", new),
        ("／new", new),
        ("/新会话", new),
        ("/stop", stop),
        ("/停止", stop),
        ("/help", help_),
        ("/？", help_),
        ("", help_),
        ("  ", help_),
        ("／ｎｅｗ", new),
        ("／Ｎｅｗ　", new),
        ("\u200b/new\u200b", new),
        ("/n\u2060ew", new),
        ("\ufeff／stop\u200e", stop),
        ("/new。", new),
        ("/new.", new),
        ("/new！", new),
        ("/help？", help_),
        ("/停止。", stop),
        ("/ new", new),
        ("、new", new),
        ("`/new`", new),
        ("「/新会话」", new),
        ("\u200b", help_),
    ],
)
def test_a_message_that_is_nothing_else_is_a_command(text: str, command: ModuleType) -> None:
    assert read_word(text, COMMANDS) in command.WORDS


@pytest.mark.parametrize(
    "text",
    [
        "/new 怎么用",
        "new",
        "/unknown",
        "年假有几天？",
        "？",
        "。",
        "/new/stop",
        "/new 。怎么用",
        "/news",
        "stop。",
    ],
)
def test_any_other_message_is_a_question(text: str) -> None:
    assert read_word(text, COMMANDS) == ""


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert read_word(text, COMMANDS) in ("", *COMMANDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [("/help", "help"), ("/new", "new_session"), ("/stop", "nothing_to_stop"), ("", "help")],
)
@skipping
async def test_a_command_is_answered_without_a_card_and_without_the_backend(text: str, said: str) -> None:
    async with Worker().started() as worker:
        seen = await worker.answer(a_question(text=text, webhook=a_webhook()))

    assert (seen.card, worker.backend.asked) == (None, [])
    assert seen.messages == [ZH.say(said, title="员工手册助手")]


@skipping
async def test_after_new_the_backend_is_asked_in_another_session() -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [Text("五天。")]
        await worker.answer(a_question("t1"))
        worker.skipped_ms += 1_000
        await worker.answer(a_question("t2", "/new", asked_ms=NOW_MS + 1))
        worker.skipped_ms += 1_000
        await worker.answer(a_question("t3", asked_ms=NOW_MS + 2))

    before, after = worker.backend.asked
    assert before.session_key != after.session_key


@skipping
async def test_a_command_that_cannot_be_carried_out_says_so() -> None:
    async with Worker(a_bot()).started() as worker:
        worker.rows.away = True
        seen = await worker.answer(a_question(text="/new", webhook=a_webhook()), seconds=60.0)

    assert seen.messages == [ZH.failure(FailureKind.INTERNAL)]
