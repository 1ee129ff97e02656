"""docs/settings.md and its Chinese twin are what the code says today, and every setting is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings.__main__ import documents, s_yaml_and_extension
from infra.settings.docstrings import parse
from infra.settings.document import USUAL, short_table
from infra.settings.environment import variables
from infra.settings.plain import default, takes
from infra.settings.sentences import CHINESE, ENGLISH, ENVIRONMENT, Sentences, read
from infra.settings.structs import REQUIRED, Section, Setting, sections
from infra.settings.wording import WORDINGS, Language
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots

ROOT = Path(__file__).parents[3]
S_YAML = s_yaml_and_extension()
SECTIONS = sections()
EVERYTHING: list[Setting | Section] = [
    *SECTIONS,
    *(setting for section in SECTIONS for setting in section.settings),
]
SETTINGS = {setting.key: setting for section in SECTIONS for setting in section.settings}
FILES: dict[Language, Path] = {"en": ENGLISH, "zh": CHINESE}


def test_what_is_written_is_what_the_code_says_now() -> None:
    said = documents()

    assert said
    for path, text in said.items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} is behind. Run `.venv/bin/python -m infra.settings`."
        )


@pytest.mark.parametrize("language", FILES)
def test_every_setting_has_a_sentence(language: Language) -> None:
    sentences, english = Sentences(language), Sentences("en")
    lacking = {f"{one.key}: {english.of(one)}".strip() for one in EVERYTHING if not sentences.of(one).strip()}

    assert lacking == set(), (
        f"Add these to infra/settings/{FILES[language].name}, then run `.venv/bin/python -m infra.settings`."
    )


@pytest.mark.parametrize("language", FILES)
def test_no_sentence_is_left_over(language: Language) -> None:
    sentences = Sentences(language)
    used = {sentences.entry_of(one) for one in EVERYTHING if language == "zh" or not one.sentence}

    assert set(read(FILES[language])) - used == set(), (
        f"Take these out of infra/settings/{FILES[language].name}."
    )


def test_every_variable_has_a_sentence_in_both_languages_and_none_is_left_over() -> None:
    known = variables(S_YAML, _sources())
    names = {one.name for group in (known.given, known.deploying, known.platform) for one in group}
    sentences = read(ENVIRONMENT)

    assert names == set(sentences), "infra/settings/environment.yaml has others than the code."
    assert all(set(sentence) == {"en", "zh"} and all(sentence.values()) for sentence in sentences.values())


def test_every_variable_that_a_function_is_given_is_in_the_table_with_that_function() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([a-z_, ]+) \|", page, re.MULTILINE))
    given_to = {
        (name, function)
        for function, resource in S_YAML["resources"].items()
        for name in resource["props"]["environmentVariables"]
    }

    assert len(given_to) > 30
    assert given_to == {
        (name, function) for name, functions in rows.items() for function in functions.split(", ")
    }


def test_every_setting_that_a_bot_can_have_is_in_the_table() -> None:
    """Counted another way: by what the compiled form of a bots.yaml holds."""
    compiled = msgspec.json.decode(encode_bots(load_bots(ROOT / "bots.example.yaml")))["bots"]["handbook"]
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert {path for path in _paths(compiled) if f"`bots.<name>.{path}`" not in page} == set()


def test_the_usual_settings_are_a_short_list() -> None:
    rows = short_table("en").splitlines()[2:]

    assert len(rows) == len(USUAL) == len(set(USUAL))
    assert 10 <= len(rows) <= 15


@pytest.mark.parametrize(
    ("key", "english", "chinese"),
    [
        ("dingtalk.client_secret", "a secret", "密钥"),
        ("title", "text", "文字"),
        ("share_name", "`true` or `false`", "`true` 或 `false`"),
        ("session.group", "`person` or `shared`", "`person` 或 `shared`"),
        ("backend.openai.history", "a whole number from 0 to 50", "0 至 50 的整数"),
        ("session.idle_minutes", "a number above 0", "大于 0 的数字"),
        ("dingtalk.budget.monthly_calls", "a whole number above 0 or `null`", "大于 0 的整数 或 `null`"),
        ("administrators", "a list of texts", "文字的列表"),
        ("texts", "texts by name", "名称到文字的映射"),
        ("backend.openai.extra", "values by name", "名称到值的映射"),
        ("dingtalk.events", "[a section](#e) or `null`", "[一节](#e) 或 `null`"),
    ],
)
def test_types_are_told_in_plain_words(key: str, english: str, chinese: str) -> None:
    anchors = {"dingtalk.events": "e"}

    assert takes(SETTINGS[key], anchors, WORDINGS["en"]) == english
    assert takes(SETTINGS[key], anchors, WORDINGS["zh"]) == chinese


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("dingtalk.client_id", "**required**"),
        ("dingtalk.card_callback.route", "**required**"),
        ("dingtalk.robot_code", "empty"),
        ("administrators", "none"),
        ("language", "`zh`"),
        ("share_name", "`false`"),
        ("session.idle_minutes", "`120`"),
        ("dingtalk.events", "`null`"),
        ("session", "as there"),
        ("backend.timeouts.connect", "`5`"),
    ],
)
def test_defaults_are_told_in_plain_words(key: str, told: str) -> None:
    assert default(SETTINGS[key], WORDINGS["en"]) == told


def test_defaults_that_differ_between_products_name_the_product() -> None:
    values = SETTINGS["backend.timeouts.first_byte"].defaults

    assert len(set(values.values())) > 1
    for product, value in values.items():
        assert re.search(
            rf"\b{product}\b[^;]*`{value:g}`",
            default(SETTINGS["backend.timeouts.first_byte"], WORDINGS["en"]),
        )


def test_secrets_are_those_that_are_resolved() -> None:
    secret = {setting.path for setting in SETTINGS.values() if setting.secret}

    assert {
        "dingtalk.client_secret",
        "backend.api_key",
        "dingtalk.card_callback.secret",
        "dingtalk.events.token",
    } <= secret
    assert "dingtalk.client_id" not in secret


def test_a_docstring_is_read_line_by_line() -> None:
    said = parse(
        """What it is, in
        two lines.

        one: first
            and more.
        two, three: both.
        See: no setting of ours.
            not a continuation.
        """,
        ["one", "two", "three"],
    )

    assert said.summary == "What it is, in two lines."
    assert said.sentences == {"one": "first and more.", "two": "both.", "three": "both."}


@given(st.text(), st.lists(st.from_regex(r"[a-z_]{1,8}", fullmatch=True)))
def test_any_docstring_is_read(text: str, settings: list[str]) -> None:
    assert set(parse(text, settings).sentences) <= set(settings)


def test_a_variable_is_sorted_by_who_sets_it() -> None:
    s_yaml = {
        "vars": {"name": "${env('APP', 'bot')}"},
        "resources": {
            "callback": {"props": {"environmentVariables": {"KEY": "${env('KEY')}", "FILE": "/code/file"}}},
            "answer": {
                "props": {"environmentVariables": {"KEY": "${env('KEY')}", "URL": "${env('URL', '')}"}}
            },
        },
    }
    known = variables(s_yaml, ['os.environ["KEY"]', 'environ.get("PORT", "9000")', 'needed("SECRET")'])

    assert [(one.name, one.functions, one.default, one.written) for one in known.given] == [
        ("KEY", ("callback", "answer"), None, False),
        ("FILE", ("callback",), None, True),
        ("URL", ("answer",), "", False),
    ]
    assert [(one.name, one.default) for one in known.deploying] == [("APP", "bot")]
    assert [one.name for one in known.platform] == ["PORT", "SECRET"]


def test_a_required_setting_has_no_default() -> None:
    class Holder(msgspec.Struct):
        """Something."""

        mode: Literal["a", "b"]

    (field,) = msgspec.structs.fields(Holder)

    assert field.default is REQUIRED


def _sources() -> list[str]:
    return [
        file.read_text(encoding="utf-8")
        for folder in ("layers", "functions")
        for file in (ROOT / folder).rglob("*.py")
    ]


def _paths(value: object, path: str = "") -> set[str]:
    if not isinstance(value, dict) or not value:
        return {path}
    return {found for key, below in value.items() for found in _paths(below, f"{path}.{key}".strip("."))}
