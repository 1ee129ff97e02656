"""What each setting and variable means: from the docstrings, and from the files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.settings.structs import Section, Setting
    from infra.settings.wording import Language

#: Sentences by a setting's key, or by its path where kinds of backends say the same.
CHINESE = Path(__file__).with_name("chinese.yaml")
#: For what the docstrings leave to the setting's name.
ENGLISH = Path(__file__).with_name("english.yaml")
#: Each variable in both languages.
ENVIRONMENT = Path(__file__).with_name("environment.yaml")


def read(file: Path) -> dict[str, Any]:
    """One of the files."""
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


class Sentences:
    """Every sentence in one language."""

    def __init__(self, language: Language) -> None:
        """Reads the files."""
        self.own: Mapping[str, str] = read(ENGLISH if language == "en" else CHINESE)
        self._variables = read(ENVIRONMENT)
        self._language = language

    def of(self, one: Setting | Section) -> str:
        """The sentence of a setting or a section; empty: there is none."""
        docstring = one.sentence if self._language == "en" else ""
        said = docstring or self.own.get(self.entry_of(one), "")
        return said[:1].upper() + said[1:]

    def entry_of(self, one: Setting | Section) -> str:
        """The name of its entry in the language's file: its own, or the one for all kinds of backends."""
        key = one.key or "bots"
        return key if key in self.own else one.path

    def of_variable(self, name: str) -> str:
        """The sentence of an environment variable; empty: there is none."""
        return str(self._variables.get(name, {}).get(self._language, ""))
