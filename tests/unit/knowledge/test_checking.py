"""What `check` says of a file of skills: each mistake in one clear sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import (
    check_skill_files,
    check_skills,
    load_skills,
    skills_of,
    write_skills,
)
from rag_on_dingtalk.knowledge.skills.template import check_template, filled, filled_url, names_in
from rag_on_dingtalk.settings.bot import Bots
from rag_on_dingtalk.settings.checks.bots import check
from rag_on_dingtalk.settings.sections.knowledge import GapSettings, SkillSettings
from tests.unit.knowledge.world import PARKING, skill_bot, skills

if TYPE_CHECKING:
    from pathlib import Path

LEAVE: dict[str, Any] = {
    "id": "leave",
    "triggers": {"command": "/leave"},
    "call": {
        "url": "http://127.0.0.1:1/leave/{user}",
        "secret": "env:HR_KEY",
        "results": {"days": "data.days"},
        "refused": {"404": "没有你的记录。"},
    },
    "answer": "还剩 {days} 天。",
}
ROOM: dict[str, Any] = {
    "id": "room",
    "triggers": {"any": ["订会议室"]},
    "steps": [
        {"name": "day", "ask": "哪天？", "kind": "date", "least": 0, "most": 30},
        {"name": "room", "ask": "{day} 哪间？", "kind": "choice", "choices": ["北京", "上海"]},
    ],
    "confirm": "{day} {room}？",
    "answer": "已订 {day} 的{room}。",
}


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The same with one value in another place."""
    copy: Any = yaml.safe_load(yaml.safe_dump(document, allow_unicode=True))
    place = copy
    *parents, last = path.split("/")
    for parent in parents:
        place = place[int(parent) if parent.isdecimal() else parent]
    place[int(last) if last.isdecimal() else last] = value
    return copy  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (changed(PARKING, "triggers", {}), "parking.triggers is empty"),
        (changed(PARKING, "triggers/questions", ["？！"]), "no letter or digit"),
        (changed(PARKING, "triggers/pattern", "(a+)+"), "repeats what can itself"),
        (changed(PARKING, "triggers/pattern", "a*"), "fits every message"),
        (changed(PARKING, "triggers/command", "leave"), "begins with /"),
        (changed(PARKING, "answer", "{staff_id}"), "uses staff_id, which it is not given"),
        (changed(PARKING, "answer", "{user.__class__}"), "uses user.__class__"),
        (changed(PARKING, "answer", "{user!r}"), "`:` or `!`"),
        (changed(PARKING, "answer", "{"), "is no template"),
        (changed(PARKING, "answer", " "), "says nothing"),
        (changed(PARKING, "routes", ["finance"]), "finance, which the bot has not"),
        (changed(PARKING, "tests", [{"ask": "你好"}]), "nothing starts"),
        (changed(PARKING, "tests", [{"ask": "停车多少钱", "says": "300"}]), "does not contain '300'"),
        (changed(PARKING, "tests", [{"ask": "停车多少钱", "starts": False}]), "it starts, and should not"),
        (changed(PARKING, "percent", 10), "without an older version"),
        (changed(LEAVE, "call/url", "https://evil.example/leave/{user}"), "which skills may not call"),
        (changed(LEAVE, "call/url", "http://{user}/leave"), "a host without variables"),
        (changed(LEAVE, "call/url", "http://127.0.0.1:1@evil.example/"), "a host without variables"),
        (changed(LEAVE, "call/url", "file:///etc/passwd"), "must start with http"),
        (changed(LEAVE, "call/secret", "abc"), "must be a reference"),
        (changed(LEAVE, "call/headers", {"Host": "x"}), "may not send"),
        (changed(LEAVE, "call/headers", {"X-A": "a\r\nb"}), "no header's value"),
        (changed(LEAVE, "call/results", {"user": "a"}), "which is taken"),
        (changed(LEAVE, "call/results", {"days": "a..b"}), "is no place"),
        (changed(LEAVE, "call/refused", {"500": "x"}), "HTTP status such as 409"),
        (changed(LEAVE, "call/body", {"a": "b"}), "carries no body"),
        (changed(ROOM, "steps/0/name", "user"), "which is taken"),
        (changed(ROOM, "steps/0/ask", "{room}?"), "uses room"),
        (changed(ROOM, "steps/1/choices", []), "exactly when it has `choices`"),
        (changed(ROOM, "steps/1/choices", ["北京", "北京！"]), "told apart"),
        (changed(ROOM, "steps/1/least", 1), "for numbers and dates only"),
        (changed(ROOM, "steps/0/pattern", "a"), "for texts only"),
        (changed(ROOM, "approved_by", "hr01"), "only a plain answer"),
    ],
)
def test_a_mistake_is_named_with_its_place(document: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"bots\.handbook\.skills") as raised:
        check_skills("handbook", skill_bot(), skills(document))
    assert said in str(raised.value)


@pytest.mark.parametrize("document", [PARKING, LEAVE, ROOM])
def test_a_right_one_is_taken(document: dict[str, Any]) -> None:
    check_skills("handbook", skill_bot(), skills(document))


def test_two_versions_live_side_by_side_when_the_newer_one_has_a_part_of_the_people() -> None:
    newer = {**PARKING, "version": 2, "percent": 10}
    check_skills("handbook", skill_bot(), skills(PARKING, newer))
    for wrong in (
        (PARKING, PARKING),
        (PARKING, {**PARKING, "version": 2}),
        (PARKING, newer, {**newer, "version": 3}),
    ):
        with pytest.raises(ConfigurationError, match="skill parking"):
            check_skills("handbook", skill_bot(), skills(*wrong))


def test_a_skill_whose_question_starts_another_one_is_told_so() -> None:
    other = {**PARKING, "id": "other", "tests": [], "triggers": {"questions": ["停车多少钱"]}}
    with pytest.raises(ConfigurationError, match="other@1 starts instead"):
        check_skills("handbook", skill_bot(), skills(PARKING, other))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("skills:\n  - id: [", "is not valid YAML in line"),
        ("- id: a", "must hold `skills:`"),
        ("skills: [{id: a, owners: x}]", "skills[0]"),
        ("skills: [{id: 'a b'}]", "skills[0].id"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "hr.yaml").write_text(text, encoding="utf-8")
    bot = skill_bot(skills=SkillSettings(files=("hr.yaml",)))
    with pytest.raises(ConfigurationError, match=r"hr\.yaml") as raised:
        check_skill_files({"handbook": bot}, tmp_path / "bots.yaml")
    assert said in str(raised.value)


def test_what_is_compiled_is_what_the_functions_load_and_a_file_that_is_not_needed_goes(
    tmp_path: Path,
) -> None:
    document = {"skills": [{**PARKING, "valid_from": "2026-01-01"}, LEAVE, ROOM]}
    (tmp_path / "hr.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    settings = SkillSettings(files=("hr.yaml",), origins=("http://127.0.0.1:1",))
    write_skills({"handbook": skill_bot(skills=settings)}, tmp_path, tmp_path / "bots.json")
    assert load_skills(("hr.yaml",), tmp_path / "bots.json") == skills_of(document, "hr.yaml")
    check_skill_files({"handbook": skill_bot(skills=settings)}, tmp_path / "bots.json")
    write_skills({"handbook": skill_bot(skills=SkillSettings())}, tmp_path, tmp_path / "bots.json")
    assert not (tmp_path / "skills.json").exists()
    with pytest.raises(ConfigurationError, match="python -m rag_on_dingtalk compile"):
        load_skills(("hr.yaml",), tmp_path / "bots.json")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"skills": SkillSettings(origins=("http://100.100.100.200",))}, "of your own"),
        ({"skills": SkillSettings(origins=("https://a/b",))}, "without a path"),
        ({"experts": {"finance": ("hr01",)}}, "finance, which is no route"),
        ({"gaps": GapSettings(cards=1)}, "skills.curated"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"bots\.handbook") as raised:
        check(Bots(bots={"handbook": skill_bot(**more)}))
    assert said in str(raised.value)


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_template_is_refused_or_can_be_filled(written: str, value: str) -> None:
    try:
        check_template(written, {"user"}, where="here")
    except ConfigurationError:
        return
    assert isinstance(filled(written, {"user": value}), str)
    assert names_in(written, where="here") <= {"user"}


@given(st.text(max_size=60))
def test_no_value_leaves_its_place_in_an_address(value: str) -> None:
    try:
        url = filled_url("http://a.example/leave/{user}/days?of={user}", {"user": value})
    except ValueError:
        assert not value.strip(".") or "/" in value or "\\" in value
        return
    path, _, query = url.removeprefix("http://a.example/leave/").partition("?")
    assert path.count("/") == 1
    assert path.endswith("/days")
    assert query.startswith("of=")
    assert "#" not in url
    assert url.isascii()
