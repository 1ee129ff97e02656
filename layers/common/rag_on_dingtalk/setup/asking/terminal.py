"""Asking at a terminal."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.setup.asking.questions import Question


class Terminal:
    """Asks until an answer fits; what is wrong with one is said at once.

    read: shows a prompt and gives what was typed. read_hidden: the same without showing it.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        read: Callable[[str], str] = input,
        read_hidden: Callable[[str], str] = getpass.getpass,
    ) -> None:
        self._say = say
        self._read = read
        self._read_hidden = read_hidden

    def answer(self, question: Question, default: str) -> str:
        """One answer; Enter takes the default."""
        choices = f" ({' or '.join(question.choices)})" if question.choices else ""
        offered = f" [{default}]" if default else " (may stay empty)" if question.optional else ""
        while True:
            typed = self._typed(self._read, f"{question.prompt}{choices}{offered}: ") or default
            problem = question.problem(typed)
            if not problem:
                return typed
            self._say(f"  {problem}")

    def secret(self, name: str, purpose: str) -> str:
        """One secret; an empty one is asked for again."""
        while True:
            typed = self._typed(self._read_hidden, f"{purpose} (is not shown, and kept as {name}): ")
            if typed:
                return typed
            self._say("  Nothing was typed.")

    def confirm(self, prompt: str) -> bool:
        """Yes or no; Enter is yes."""
        return self._typed(self._read, f"{prompt} [Y/n]: ").lower() in ("", "y", "yes")

    def _typed(self, read: Callable[[str], str], prompt: str) -> str:
        try:
            return read(prompt).strip()
        except (EOFError, UnicodeDecodeError):
            raise ConfigurationError(
                "The input ended before every question was answered. Run setup at a terminal, or give "
                "--answers FILE and --yes."
            ) from None
