"""`.env` as text: values are read and changed, everything else stays. Pure.

Two programs read the file, a shell (`. ./.env`) and Serverless Devs (the npm package dotenv), and they agree
on few forms only: a plain word, a text in single quotes, and one in double quotes without `$`, `"`, a
backslash or a backtick.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE = re.compile(r"^(?P<head>[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)=)(?P<value>.*)$", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./=-]*", re.ASCII)
_FORMS = re.compile(
    r"'(?P<single>[^']*)'|\"(?P<double>[^\"$`\\]*)\"|(?P<plain>[^\s'\"\\$`;&|<>()#*?~]*)", re.ASCII
)
_REMARK = re.compile(r"[ \t]+#.*|[ \t]*")


def read(text: str) -> dict[str, str]:
    """The values, as a shell sees them.

    Raises:
        ConfigurationError: a value is written in a form that the two readers of the file do not read alike.
    """
    values = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match is None:
            continue
        form = _FORMS.match(match["value"])
        # What follows the value may only be a remark.
        if form is None or not _REMARK.fullmatch(match["value"], form.end()):
            raise ConfigurationError(
                f"Line {number} of .env gives {match['name']} in a form that a shell and Serverless Devs "
                "read differently. Put the value into single quotes."
            )
        values[match["name"]] = form["single"] or form["double"] or form["plain"] or ""
    return values


def write(name: str, value: str) -> str:
    """The value as both readers take it.

    Raises:
        ConfigurationError: there is no such form.
    """
    if _PLAIN.fullmatch(value):
        return value
    if "\n" in value or "\r" in value or "\0" in value:
        raise ConfigurationError(
            f"{name} has more than one line and does not fit .env. Keep it in a file and refer to it in "
            "bots.yaml as file:/path."
        )
    if "'" not in value:
        return f"'{value}'"
    if not re.search(r"[\"$`\\]", value):
        return f'"{value}"'
    raise ConfigurationError(
        f"{name} has both kinds of quotes, or a quote and one of $ ` \\, and does not fit .env. Keep it in a "
        "file and refer to it in bots.yaml as file:/path."
    )


def changed(text: str, wanted: Mapping[str, str], unwanted: Iterable[str] = ()) -> tuple[str, list[Change]]:
    """The text with the wanted values and without the unwanted names, and what is different.

    The last of several lines with one name counts, as for a shell; it is the one that is changed.

    Raises:
        ConfigurationError: as for `read` and `write`.
    """
    before = read(text)
    lines = text.split("\n")
    place = {match["name"]: at for at, line in enumerate(lines) if (match := _LINE.match(line))}
    changes, added = [], []
    for name, value in wanted.items():
        if before.get(name) == value:
            continue
        changes.append(Change(name, before.get(name), value))
        if name in place:
            head = _LINE.match(lines[place[name]])
            assert head is not None  # noqa: S101 - it is in `place`
            lines[place[name]] = f"{head['head']}{write(name, value)}"
        else:
            added.append(f"{name}={write(name, value)}")
    gone = [name for name in unwanted if name in before]
    changes += [Change(name, before[name], None) for name in gone]
    kept = [line for line in lines if not ((match := _LINE.match(line)) and match["name"] in gone)]
    body = "\n".join(kept)
    if added:
        body = f"{body}\n" if body and not body.endswith("\n") else body
        body += "\n".join(added) + "\n"
    return body, changes
