"""Where answers come from, and what is said about those that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.asking import questions
from rag_on_dingtalk.setup.asking.answers import Answers, read_answers
from rag_on_dingtalk.setup.asking.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

REGION = questions.PLACE[0]


def answers(**sources: dict[str, str]) -> Answers:
    return Answers(
        flags=sources.get("flags", {}),
        answers=sources.get("answers", {}),
        known=sources.get("known", {}),
        person=None,
    )


def test_a_flag_counts_more_than_the_file_and_that_more_than_what_is_set_up() -> None:
    flags, file, known = {"region": "cn-beijing"}, {"region": "cn-shanghai"}, {"DEPLOY_REGION": "cn-shenzhen"}

    assert answers(flags=flags, answers=file, known=known).to(REGION) == "cn-beijing"
    assert answers(answers=file, known=known).to(REGION) == "cn-shanghai"
    assert answers(known=known).to(REGION) == "cn-shenzhen"
    assert answers().to(REGION) == "cn-hangzhou"


@pytest.mark.parametrize(
    ("sources", "where"),
    [
        ({"flags": {"region": "x"}}, "--region"),
        ({"answers": {"region": "x"}}, "region in the answers file"),
        ({"known": {"DEPLOY_REGION": "x"}}, "DEPLOY_REGION in .env"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_its_place(
    sources: dict[str, dict[str, str]], where: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        answers(**sources).to(REGION)

    assert str(refused.value).startswith(f"{where}: ")


@given(st.sampled_from(sorted(questions.every_question())), st.text(max_size=40))
def test_no_answer_with_a_line_break_or_control_character_gets_through(name: str, text: str) -> None:
    question = questions.every_question()[name]

    assert question.problem(f"a{text}\n")
    assert question.problem(f"\x1b{text}")


def test_an_answers_file_gives_texts_whatever_yaml_makes_of_them(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(
        "buttons: yes\nlog_days: 30\nadministrators: [a, b]\nX_KEY: 1\ntitle:\n", encoding="utf-8"
    )

    assert read_answers(file) == {
        "buttons": "yes",
        "log_days": "30",
        "administrators": "a,b",
        "X_KEY": "1",
        "title": "",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("regoin: cn-hangzhou", "regoin"),
        ("- a", "no mapping"),
        ("a: [", "no YAML"),
        ("SECRET: {a: s3cret", "no YAML"),
        ("region: {a: b}", "quotes"),
    ],
)
def test_a_wrong_answers_file_is_refused_without_showing_what_it_holds(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=told) as refused:
        read_answers(file)
    assert "s3cret" not in str(refused.value)


def test_an_answers_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--answers"):
        read_answers(tmp_path / "none.yaml")


def terminal(*typed: str) -> tuple[Terminal, list[str], list[str]]:
    """The terminal, what it says, and its prompts."""
    left = list(typed)
    said: list[str] = []
    prompts: list[str] = []

    def read(prompt: str) -> str:
        prompts.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    return Terminal(said.append, read, read), said, prompts


def test_a_person_is_asked_again_until_the_answer_fits() -> None:
    asked, said, prompts = terminal("hangzhou", " cn-beijing ")

    assert asked.answer(REGION, "cn-hangzhou") == "cn-beijing"
    assert len(said) == 1
    assert prompts[0] == "Region [cn-hangzhou]: "


def test_enter_takes_the_default_and_an_optional_answer_may_stay_empty() -> None:
    asked, _, prompts = terminal("", "")
    administrators = questions.every_question()["administrators"]

    assert asked.answer(REGION, "cn-hangzhou") == "cn-hangzhou"
    assert asked.answer(administrators, "") == ""
    assert "may stay empty" in prompts[1]


def test_an_empty_secret_is_asked_for_again() -> None:
    asked, said, _ = terminal("", "s3cret")

    assert asked.secret("X", "its key") == "s3cret"
    assert "s3cret" not in "".join(said)


@pytest.mark.parametrize(
    ("typed", "agreed"), [("", True), ("y", True), ("Yes", True), ("n", False), ("x", False)]
)
def test_only_a_clear_yes_agrees(typed: str, agreed: bool) -> None:  # noqa: FBT001 - the outcome
    assert terminal(typed)[0].confirm("Write this?") is agreed


def test_an_input_that_ends_is_no_traceback() -> None:
    with pytest.raises(ConfigurationError, match="--answers"):
        terminal()[0].answer(REGION, "")
