"""Word files, and their way to the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.safety.words.word_file import read_words
from rag_on_dingtalk.safety.words.word_lists import (
    WORDS_FILE,
    check_words,
    compile_words,
    load_filter,
    write_words,
)
from rag_on_dingtalk.safety.words.word_rule import WordRule
from rag_on_dingtalk.settings.sections.safety import SafetySettings
from tests.builders import a_bot

if TYPE_CHECKING:
    from pathlib import Path


def _bot(*words: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a_bot's
    return msgspec.structs.replace(a_bot(), safety=SafetySettings(words=words))


def test_a_file_has_one_word_a_line_levels_and_comments() -> None:
    text = "\ufeff# 公司\n\n天狼星\n#block\n赌博\n  六合彩   #mask\n#warn\nC# 语言\n竞品 # 见邮件\n"

    assert list(read_words(text, "w.txt")) == [
        WordRule("天狼星", "mask", "w.txt:3"),
        WordRule("赌博", "block", "w.txt:5"),
        WordRule("六合彩", "mask", "w.txt:6"),
        WordRule("C# 语言", "warn", "w.txt:8"),
        WordRule("竞品", "warn", "w.txt:9"),
    ]


@pytest.mark.parametrize("line", ["\u200b\u200b", "赌" * 65])
def test_a_line_that_can_be_no_word_is_named_by_its_number(line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"w\.txt:2 ") as raised:
        list(read_words(f"天狼星\n{line}\n", "w.txt"))
    assert line not in str(raised.value)


def test_the_lists_travel_beside_the_compiled_bots(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "common.txt").write_text("赌博 #block\n", encoding="utf-8")
    (tmp_path / "own.txt").write_text("天狼星\n", encoding="utf-8")
    bots = {"one": _bot("words/common.txt", "own.txt"), "two": _bot("own.txt"), "three": _bot()}
    compiled = tmp_path / "out" / "bots.json"
    compiled.parent.mkdir()

    write_words(bots, tmp_path, compiled)

    one, two = load_filter(("words/common.txt", "own.txt"), compiled), load_filter(("own.txt",), compiled)
    assert one is not None
    assert two is not None
    assert one.check("赌博").level == "block"
    assert two.check("赌博").level is None
    assert load_filter((), compiled) is None


def test_lists_are_checked_as_files_and_when_they_are_compiled(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("天狼星\n", encoding="utf-8")
    bots, compiled = {"one": _bot("own.txt")}, tmp_path / "out" / "bots.json"
    compiled.parent.mkdir()
    check_words(bots, tmp_path / "bots.yaml")
    with pytest.raises(ConfigurationError):
        check_words(bots, compiled)

    write_words(bots, tmp_path, compiled)

    check_words(bots, compiled)


def test_without_lists_there_is_no_file_and_an_old_one_goes(tmp_path: Path) -> None:
    (tmp_path / WORDS_FILE).write_bytes(b"{}")
    write_words({"one": a_bot()}, tmp_path, tmp_path / "bots.json")

    assert not (tmp_path / WORDS_FILE).exists()
    assert compile_words({"one": a_bot()}, tmp_path) == b""


def test_a_bot_does_not_work_without_its_lists(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"words\.json"):
        load_filter(("own.txt",), tmp_path / "bots.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"words/none\.txt"):
        compile_words({"one": _bot("words/none.txt")}, tmp_path)


def test_of_two_rules_for_one_word_the_stricter_counts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("赌 博 #block\n赌博 #warn\n", encoding="utf-8")
    write_words({"one": _bot("a.txt")}, tmp_path, tmp_path / "bots.json")
    found = load_filter(("a.txt",), tmp_path / "bots.json")

    assert found is not None
    assert found.check("赌博").names == ("a.txt:1",)
