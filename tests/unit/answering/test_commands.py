from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.commands import Command, read_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", "new"),
        (" /NEW ", "new"),
        ("／new", "new"),
        ("/新会话", "new"),
        ("/stop", "stop"),
        ("/停止", "stop"),
        ("/help", "help"),
        ("/？", "help"),
        ("", "help"),
        ("  ", "help"),
        ("/new 怎么用", None),
        ("new", None),
        ("/unknown", None),
        ("年假有几天？", None),
    ],
)
def test_only_a_message_that_is_nothing_else_is_a_command(text: str, command: Command | None) -> None:
    assert command == read_command(text)


@given(st.text())
def test_any_text_is_a_command_or_a_question(text: str) -> None:
    assert read_command(text) in ("new", "stop", "help", None)
