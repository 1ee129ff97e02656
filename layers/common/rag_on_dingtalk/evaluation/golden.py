"""The file of golden questions: YAML, or lines as `evaluation/lines.py` reads them."""

# No `from __future__ import annotations`: msgspec reads the types.

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.strict import Strict

_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
#: A text, or several of which one is enough.
_Wanted = _Words | Annotated[tuple[_Words, ...], msgspec.Meta(min_length=1)]
_MOST = 2_000


class GoldenQuestion(Strict, frozen=True, kw_only=True):
    """One question and what its answer must be like. Width, case and blanks make no difference.

    must_contain: each of these stands in the answer; a list in it: one of them is enough.
    must_not: none of these does.
    must_cite: a source whose name contains it is named.
    must_find_nothing: the bot must say that the documents do not answer it.
    why: for people.
    """

    ask: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
    must_contain: tuple[_Wanted, ...] = ()
    must_not: tuple[_Words, ...] = ()
    must_cite: tuple[_Words, ...] = ()
    must_find_nothing: bool = False
    why: str = ""


def load_golden(path: Path) -> tuple[GoldenQuestion, ...]:
    """The questions of a file: lines where its name ends with .tsv or .txt, else YAML.

    Raises:
        ConfigurationError: it cannot be read, or holds a mistake; says where.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".tsv", ".txt"):
            return _read_text(text, str(path))
        document = yaml.safe_load(text)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no file {path}. examples/questions.yaml shows what it holds."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path} is not valid YAML{where}: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # A date such as 2026-13-40 is a ValueError.
        raise ConfigurationError(f"{path} is not valid YAML: {error}.") from error
    return read_golden(document, str(path))


def _read_text(text: str, where: str) -> tuple[GoldenQuestion, ...]:
    from rag_on_dingtalk.evaluation.lines import SENTENCES, read_lines  # it needs this module

    questions, mistakes = read_lines(text)
    if mistakes:
        first = mistakes[0]
        raise ConfigurationError(f"{where}, line {first.line}: {SENTENCES[first.wrong][1]}")
    return questions


def read_golden(document: object, where: str) -> tuple[GoldenQuestion, ...]:
    """The questions of a parsed file.

    Raises:
        ConfigurationError: names the question and the nearest word that is known.
    """
    if not isinstance(document, dict) or not isinstance(document.get("questions"), list):
        raise ConfigurationError(f"{where} must begin with `questions:` and a list of questions under it.")
    _check_keys(f"{where}", document, ("questions",))
    entries = document["questions"]
    if not 0 < len(entries) <= _MOST:
        raise ConfigurationError(f"{where} has {len(entries)} questions. Give it 1 to {_MOST:,}.")
    found: list[GoldenQuestion] = []
    for number, entry in enumerate(entries, 1):
        place = f"{where}, question {number}"
        if not isinstance(entry, dict):
            raise ConfigurationError(f"{place} is no mapping. Write `- ask: …` and what must hold below it.")
        _check_keys(place, entry, GoldenQuestion.__struct_fields__)
        try:
            found.append(msgspec.convert(entry, GoldenQuestion))
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{place} is wrong: {error}.") from error
        check_sense(place, found[-1])
    asked = [one.ask for one in found]
    twice = next((ask for ask in asked if asked.count(ask) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"{where} asks {twice!r} twice. Put what must hold into one of them.")
    return tuple(found)


def _check_keys(place: str, given: dict[object, object], known: Iterable[str]) -> None:
    known = tuple(known)
    for key in given:
        if key not in known:
            near = get_close_matches(str(key), known, n=1, cutoff=0.5)
            advice = f"Is it `{near[0]}`?" if near else f"There is: {', '.join(known)}."
            raise ConfigurationError(f"{place} has an unknown `{key}`. {advice}")


def check_sense(place: str, question: GoldenQuestion) -> None:
    """Whether there is something that must hold, and can.

    Raises:
        ConfigurationError: names the place.
    """
    wanted = question.must_contain or question.must_not or question.must_cite
    if not wanted and not question.must_find_nothing:
        raise ConfigurationError(
            f"{place} says nothing that must hold. Add must_contain, must_not or must_cite, or "
            "`must_find_nothing: true`."
        )
    if question.must_find_nothing and question.must_cite:
        raise ConfigurationError(
            f"{place} must find nothing and cite something, which no answer does. Remove one."
        )
