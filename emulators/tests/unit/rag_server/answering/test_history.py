from __future__ import annotations

import gc
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server.answering.history import Conversation, History, Session, Turn
from emulators.rag_server.retrieval.passages import Passage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def history() -> Iterator[History]:
    kept = History()
    yield kept
    kept.close()


PASSAGE = Passage("leave", "休假制度", 2, "年假按工龄。", "2026-01-01", 40, 90, 0.7)


def turn(question: str) -> Turn:
    return Turn(question, f"关于{question}的回答", "query", 1.5, (PASSAGE,), {"total_tokens": 3})


def asked(turns: list[Turn]) -> list[str]:
    return [one.question for one in turns]


def test_a_turn_comes_back_as_it_was(history: History) -> None:
    chat_id = history.remember(Session("handbook", "s"), turn("年假"))
    [back] = history.window(Session("handbook", "s"), 20)
    assert back == Turn(
        "年假", "关于年假的回答", "query", 1.5, (PASSAGE,), {"total_tokens": 3}, chat_id=chat_id
    )


def test_sessions_and_workspaces_do_not_mix(history: History) -> None:
    history.remember(Session("handbook", "s"), turn("一"))
    history.remember(Session("it", "s"), turn("二"))
    history.remember(Session("handbook"), turn("三"))
    assert asked(history.window(Session("handbook", "s"), 20)) == ["一"]
    assert asked(history.window(Session("it", "s"), 20)) == ["二"]
    assert asked(history.window(Session("handbook"), 20)) == ["三"]


def test_the_window_is_the_last_turns_oldest_first(history: History) -> None:
    for question in "一二三四":
        history.remember(Session("handbook", "s"), turn(question))
    assert asked(history.window(Session("handbook", "s"), 2)) == ["三", "四"]


def test_a_refusal_is_listed_but_not_in_the_window(history: History) -> None:
    history.remember(Session("handbook", "s"), turn("天气"), include=False)
    assert history.window(Session("handbook", "s"), 20) == []
    assert asked(history.listed(Session("handbook", "s"), limit=10, order="asc")) == ["天气"]


def test_a_reset_hides_turns_and_keeps_them_listed(history: History) -> None:
    history.remember(Session("handbook", "s"), turn("一"))
    history.remember(Session("handbook", "other"), turn("二"))
    history.reset(Session("handbook", "s"))
    history.remember(Session("handbook", "s"), turn("三"))
    assert asked(history.window(Session("handbook", "s"), 20)) == ["三"]
    assert asked(history.window(Session("handbook", "other"), 20)) == ["二"]
    assert asked(history.listed(Session("handbook", "s"), limit=10, order="desc")) == ["三", "一"]
    assert asked(history.listed(Session("handbook", "s"), limit=1, order="asc")) == ["一"]


def test_a_file_keeps_turns_and_chat_ids_over_a_restart(tmp_path: Path) -> None:
    before = History(tmp_path / "chats.sqlite")
    first = before.remember(Session("handbook", "s"), turn("一"))
    before.close()
    after = History(tmp_path / "chats.sqlite")
    assert asked(after.window(Session("handbook", "s"), 20)) == ["一"]
    assert after.remember(Session("handbook", "s"), turn("二")) == first + 1
    after.close()


def test_a_message_is_found_with_its_session(history: History) -> None:
    named = replace(turn("年假"), message_id="m-1")
    chat_id = history.remember(Session("dify", "c-1"), named)
    assert history.message("dify", "m-1") == (Session("dify", "c-1"), replace(named, chat_id=chat_id))
    assert history.message("dify", "m-2") is None
    assert history.message("handbook", "m-1") is None


def test_conversations_are_kept_by_scope_until_they_are_forgotten(history: History) -> None:
    first, second = Conversation("a", "u-1", "一", 1.0), Conversation("b", "u-2", "二", 2.0)
    for conversation in (first, second):
        history.begin("dify", conversation)
    assert history.conversations("dify") == [first, second]
    assert history.conversation("dify", "a") == first
    assert history.conversation("handbook", "a") is None
    history.forget("dify", "a")
    assert history.conversation("dify", "a") is None


def test_a_history_that_is_let_go_leaves_no_file_open() -> None:
    kept = History()
    database = kept._database
    del kept
    gc.collect()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")
