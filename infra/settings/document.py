"""The tables as Markdown: the whole page, with the usual settings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings.plain import anchor, default, heading, takes
from infra.settings.sentences import Sentences
from infra.settings.structs import sections, whole_path
from infra.settings.wording import WORDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.settings.environment import Variable, Variables
    from infra.settings.structs import Section, Setting
    from infra.settings.wording import Language, Wording

#: What most people touch.
USUAL = (
    "title",
    "language",
    "streaming",
    "reasoning",
    "dingtalk.client_id",
    "dingtalk.client_secret",
    "dingtalk.card.id",
    "dingtalk.card.buttons",
    "dingtalk.budget.monthly_calls",
    "backend",
    "backend.timeouts.first_byte",
    "session.idle_minutes",
    "session.group",
    "sources.link",
    "administrators",
)


def page(language: Language, variables: Variables) -> str:
    """docs/settings.md, or its Chinese twin."""
    words, sentences = WORDINGS[language], Sentences(language)
    everything = sections()
    anchors = {section.key: anchor(heading(section)) for section in everything}
    parts = [
        f"# {words.title}",
        words.twin,
        words.made_from,
        f"## {words.usual}",
        words.usual_about,
        short_table(language),
        f"## {words.bots}",
        words.bots_about,
    ]
    for section in everything:
        about = sentences.of(section)
        parts += [f"### {heading(section)}", about, _settings(section, anchors, words, sentences)]
    parts += [f"## {words.environment}", words.environment_about]
    for title, about, group, columns in (
        (words.given, words.given_about, variables.given, (0, 1, 2, 3)),
        (words.deploying, words.deploying_about, variables.deploying, (0, 2, 3)),
        (words.platform, words.platform_about, variables.platform, (0, 3)),
    ):
        rows = [words.variable_columns, *(_variable(one, words, sentences) for one in group)]
        header, *picked = [tuple(row[column] for column in columns) for row in rows]
        parts += [f"### {title}", about, _table(header, picked)]
    return "\n\n".join(parts) + "\n"


def short_table(language: Language) -> str:
    """The usual settings."""
    words, sentences = WORDINGS[language], Sentences(language)
    every = {setting.key: setting for section in sections() for setting in section.settings}
    rows = [_row(every[key], words, sentences) for key in USUAL]
    setting, _, *others = words.columns
    return _table((setting, *others), rows)


def _settings(section: Section, anchors: dict[str, str], words: Wording, sentences: Sentences) -> str:
    rows = [
        (f"`{whole_path(one.path)}`", takes(one, anchors, words), default(one, words), sentences.of(one))
        for one in section.settings
    ]
    if section.product and section.path == "backend":
        kind = (f"`bots.<name>.{section.path}.kind`", f"`{section.product}`", words.required, words.product)
        rows.insert(0, kind)
    return _table(words.columns, rows)


def _row(setting: Setting, words: Wording, sentences: Sentences) -> tuple[str, ...]:
    return (f"`{setting.path}`", default(setting, words), sentences.of(setting))


def _variable(one: Variable, words: Wording, sentences: Sentences) -> tuple[str, ...]:
    return (
        f"`{one.name}`",
        words.comma.join(one.functions),
        _value(one, words),
        sentences.of_variable(one.name),
    )


def _value(variable: Variable, words: Wording) -> str:
    if variable.written:
        return words.written
    if variable.default is None:
        return words.required
    return f"`{variable.default}`" if variable.default else words.empty


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
