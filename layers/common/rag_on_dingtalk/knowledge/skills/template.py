"""Sentences with `{variables}`, of which only those that are known may be used. Pure."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING
from urllib.parse import quote

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: Of one value, in an answer.
_LONGEST_VALUE = 500
#: Signs that would make links, pictures and code of a value; these look alike and mean nothing.
_HARMLESS = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "[]<>`"}


def check_template(written: str, known: Collection[str], *, where: str) -> None:
    """Whether it can be filled.

    known: the variables. where: names its place for the error.

    Raises:
        ConfigurationError: says which variable it is not given.
    """
    used = names_in(written, where=where)
    if unknown := sorted(used - set(known)):
        raise ConfigurationError(
            f"{where} uses {', '.join(unknown)}, which it is not given. It is given: "
            f"{', '.join(sorted(known)) or 'nothing'}."
        )


def names_in(written: str, *, where: str) -> set[str]:
    """The variables it uses.

    Raises:
        ConfigurationError: it is no template.
    """
    try:
        fields = [part for part in Formatter().parse(written) if part[1] is not None]
    except ValueError as error:
        raise ConfigurationError(f"{where} is no template: {error}. Write {{{{ for a brace.") from None
    if any(form or conversion for _, _, form, conversion in fields):
        raise ConfigurationError(f"{where} has `:` or `!` in its braces. Write the name alone.")
    # A name with a dot or a bracket is known to nothing, and so refused.
    return {str(name) for _, name, _, _ in fields}


def filled(written: str, values: Mapping[str, str]) -> str:
    """The sentence as a person reads it.

    >>> filled("你还有 {days} 天年假。", {"days": "5"})
    '你还有 5 天年假。'
    """
    return written.format_map({name: shown(value) for name, value in values.items()})


def filled_url(written: str, values: Mapping[str, str]) -> str:
    """The address; no value can leave its place in it.

    Raises:
        ValueError: a value in the path is nothing but dots, or has a slash, which some servers read as
            another folder even where it is encoded.
    """
    path, question, query = written.partition("?")
    encoded = {name: quote(value, safe="", errors="replace") for name, value in values.items()}
    for name, value in values.items():
        if f"{{{name}}}" in path and (not value.strip(".") or "/" in value or "\\" in value):
            raise ValueError(f"{name} is no name")
    return f"{path.format_map(encoded)}{question}{query.format_map(encoded)}"


def shown(value: str) -> str:
    """A value in one line, without markup."""
    plain = " ".join(value.split()).translate(_HARMLESS)
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[:_LONGEST_VALUE]}…"
