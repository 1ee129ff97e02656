"""Where answers come from: flags, the answers file, what is set up already, a person, the default.

Secrets have no flags: what is typed into a shell is kept in its history and seen by every process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import yaml

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.asking.questions import every_question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rag_on_dingtalk.setup.asking.questions import Question


class Person(Protocol):
    """The person at the terminal, asked when no other source has an answer."""

    def answer(self, question: Question, default: str) -> str:
        """One answer; empty when there is no one to ask."""
        ...

    def secret(self, name: str, purpose: str) -> str:
        """One secret, typed without being shown; empty when there is no one to ask."""
        ...


class Answers:
    """Gives an answer to each question, and remembers those that have none.

    flags: by a question's name; answers: the same, and secrets by their variables.
    known: by variable, from `.env` and the environment.
    """

    def __init__(
        self,
        *,
        flags: Mapping[str, str],
        answers: Mapping[str, str],
        known: Mapping[str, str],
        person: Person | None,
    ) -> None:
        self._flags = flags
        self._answers = answers
        self._known = known
        self._person = person
        self.missing: list[str] = []

    def given(self, question: Question) -> str:
        """What a flag or the answers file says; empty: nothing."""
        return self._flags.get(question.name, "") or self._answers.get(question.name, "")

    def to(self, question: Question, default: str = "") -> str:
        """The answer.

        default: in place of the question's own.

        Raises:
            ConfigurationError: a flag, the answers file or `.env` gives one that does not fit.
        """
        default = default or question.default
        for source, answer in (
            (f"{question.flag}", self._flags.get(question.name, "")),
            (f"{question.name} in the answers file", self._answers.get(question.name, "")),
            (f"{question.variable} in .env", self._known.get(question.variable, "")),
        ):
            if answer:
                if problem := question.problem(answer):
                    raise ConfigurationError(f"{source}: {problem} Change it there.")
                return answer
        if self._person is not None:
            return self._person.answer(question, default)
        if not default and not question.optional:
            self.missing.append(f"{question.flag} ({question.prompt})")
        return default

    def secret(self, name: str, purpose: str) -> str:
        """The secret that `.env` keeps under this name; empty when no source has it.

        purpose: what it is, for the person who is asked.
        """
        value = self._answers.get(name, "") or self._known.get(name, "")
        if not value and self._person is not None:
            value = self._person.secret(name, purpose)
        if not value:
            self.missing.append(f"{name} ({purpose}), in the environment or the answers file")
        return value

    def known(self, name: str) -> str:
        """What is set up under this name already, or the answers file says."""
        return self._answers.get(name, "") or self._known.get(name, "")

    def check_complete(self) -> None:
        """Raises ConfigurationError when anything is missing, naming all of it at once."""
        if self.missing:
            raise ConfigurationError(
                f"Not everything is known. Give: {'; '.join(dict.fromkeys(self.missing))}."
            )


def read_answers(file: Path) -> dict[str, str]:
    """An answers file: a mapping of questions' names, and of secrets' variables, to texts.

    Raises:
        ConfigurationError: it cannot be read, or holds something else.
    """
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}. Name another with --answers."
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        # Not the error itself: it quotes the line, and that may hold a secret.
        raise ConfigurationError(f"{file} is no YAML. Write lines such as `region: cn-hangzhou`.") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{file} is no mapping. Write lines such as `region: cn-hangzhou`.")
    known = every_question()
    answers = {}
    for name, value in document.items():
        if name not in known and not str(name).isupper():
            raise ConfigurationError(
                f"{file} answers {name!r}, which is not asked. Asked are {', '.join(sorted(known))}, and "
                "secrets by the names of their variables."
            )
        answers[str(name)] = _as_text(value, name, file)
    return answers


def _as_text(value: object, name: object, file: Path) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(_as_text(one, name, file) for one in value)
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigurationError(f"{file} gives {name} as something else than a text. Put it into quotes.")
