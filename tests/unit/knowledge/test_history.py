from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.knowledge.history import History, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def history() -> Iterator[History]:
    kept = History()
    yield kept
    kept.close()


def turn(question: str) -> Turn:
    return Turn(
        question, f"关于{question}的回答", "query", 1.5, [{"title": "休假制度.md"}], {"total_tokens": 3}
    )


def asked(turns: list[Turn]) -> list[str]:
    return [one.question for one in turns]


def test_a_turn_comes_back_as_it_was(history: History) -> None:
    chat_id = history.remember("handbook", "s", turn("年假"))
    [back] = history.window("handbook", "s", 20)
    assert back == Turn(
        "年假", "关于年假的回答", "query", 1.5, [{"title": "休假制度.md"}], {"total_tokens": 3}, chat_id
    )


def test_sessions_and_workspaces_do_not_mix(history: History) -> None:
    history.remember("handbook", "s", turn("一"))
    history.remember("it", "s", turn("二"))
    history.remember("handbook", None, turn("三"))
    assert asked(history.window("handbook", "s", 20)) == ["一"]
    assert asked(history.window("it", "s", 20)) == ["二"]
    assert asked(history.window("handbook", None, 20)) == ["三"]


def test_the_window_is_the_last_turns_oldest_first(history: History) -> None:
    for question in "一二三四":
        history.remember("handbook", "s", turn(question))
    assert asked(history.window("handbook", "s", 2)) == ["三", "四"]


def test_a_refusal_is_listed_but_not_in_the_window(history: History) -> None:
    history.remember("handbook", "s", turn("天气"), include=False)
    assert history.window("handbook", "s", 20) == []
    assert asked(history.listed("handbook", "s", limit=10, order="asc")) == ["天气"]


def test_a_reset_hides_turns_and_keeps_them_listed(history: History) -> None:
    history.remember("handbook", "s", turn("一"))
    history.remember("handbook", "other", turn("二"))
    history.reset("handbook", "s")
    history.remember("handbook", "s", turn("三"))
    assert asked(history.window("handbook", "s", 20)) == ["三"]
    assert asked(history.window("handbook", "other", 20)) == ["二"]
    assert asked(history.listed("handbook", "s", limit=10, order="desc")) == ["三", "一"]
    assert asked(history.listed("handbook", "s", limit=1, order="asc")) == ["一"]


def test_a_file_keeps_turns_and_chat_ids_over_a_restart(tmp_path: Path) -> None:
    before = History(tmp_path / "chats.sqlite")
    first = before.remember("handbook", "s", turn("一"))
    before.close()
    after = History(tmp_path / "chats.sqlite")
    assert asked(after.window("handbook", "s", 20)) == ["一"]
    assert after.remember("handbook", "s", turn("二")) == first + 1
    after.close()
