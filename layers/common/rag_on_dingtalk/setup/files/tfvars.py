"""`terraform.tfvars` as text: single values are read and changed, everything else stays. Pure.

Only what stands on lines of its own is changed: `name = "…"`, and `KEY = "…"` between `name = {` and `}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.files.change import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = dict[str, "str | int | dict[str, str]"]

_TEXT = r'"(?P<text>(?:[^"\\\n]|\\.)*)"'
_REMARK = r"[ \t]*(?P<remark>(?:#|//).*)?"
_SIMPLE = re.compile(
    rf"^(?P<head>(?P<name>[A-Za-z_][\w-]*)[ \t]*=[ \t]*)(?:{_TEXT}|(?P<number>-?\d+)){_REMARK}$"
)
_OPENING = re.compile(rf"^(?P<name>[A-Za-z_][\w-]*)[ \t]*=[ \t]*\{{{_REMARK}$")
_ENTRY = re.compile(
    rf"^(?P<head>[ \t]+\"?(?P<name>[A-Za-z_][\w-]*)\"?[ \t]*[=:][ \t]*){_TEXT}[ \t]*,?{_REMARK}$"
)
_EMPTY = re.compile(r"^[ \t]*(?:(?:#|//).*)?$")
_OTHER = re.compile(r"^(?P<name>[A-Za-z_][\w-]*)[ \t]*=")

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def quoted(value: str) -> str:
    """The value as a text of HCL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _unquoted(text: str) -> str:
    plain = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), text)
    return plain.replace("$${", "${").replace("%%{", "%{")


def read(text: str) -> Values:
    """What can be changed: texts, whole numbers, and maps of texts by their names.

    Raises:
        ConfigurationError: the file has a form in which lines cannot be told apart.
    """
    return _Lines(text).values


def changed(text: str, wanted: Mapping[str, str | int | Mapping[str, str]]) -> tuple[str, list[Change]]:
    """The text with the wanted values, and what is different; a map's other entries stay.

    Raises:
        ConfigurationError: as for `read`, or a value is there in a form that is not changed here.
    """
    changes: list[Change] = []
    for name, value in wanted.items():
        if isinstance(value, str | int):
            text = _set(text, (name,), value, changes)
        else:
            for key, one in value.items():
                text = _set(text, (name, key), one, changes)
    return text, changes


def _set(text: str, path: tuple[str, ...], value: str | int, changes: list[Change]) -> str:
    lines = _Lines(text)
    written = quoted(value) if isinstance(value, str) else str(value)
    label = ".".join(path)
    if path in lines.place:
        before = lines.found[path]
        if before == value:
            return text
        changes.append(Change(label, str(before), str(value)))
        at, head, remark = lines.place[path]
        lines.lines[at] = f"{head}{written}{f' {remark}' if remark else ''}"
        return "\n".join(lines.lines)
    if path[0] in lines.other or (len(path) == 1 and path[0] in lines.ends):
        raise ConfigurationError(
            f"terraform.tfvars has {path[0]} in a form that setup does not change. Put {label} there by "
            "hand, or write it on lines of its own as terraform.tfvars.example does."
        )
    changes.append(Change(label, None, str(value)))
    if len(path) == 1:
        return f"{_ended(text)}{path[0]} = {written}\n"
    if path[0] in lines.ends:
        lines.lines.insert(lines.ends[path[0]], f"  {path[1]} = {written}")
        return "\n".join(lines.lines)
    gap = "\n" if text.strip() else ""
    return f"{_ended(text)}{gap}{path[0]} = {{\n  {path[1]} = {written}\n}}\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


class _Lines:
    """Where each value stands.

    found: path → value. place: path → line, what stands before the value, and the remark behind it.
    ends: a map's name → the line that closes it. other: names with a value of any other form.
    """

    def __init__(self, text: str) -> None:
        if "/*" in text or "<<" in text:
            raise ConfigurationError(
                "terraform.tfvars has /* or <<, which setup does not read. Use # for remarks, and keep long "
                "texts in files of their own."
            )
        self.lines = text.split("\n")
        self.found: dict[tuple[str, ...], str | int] = {}
        self.place: dict[tuple[str, ...], tuple[int, str, str]] = {}
        self.ends: dict[str, int] = {}
        self.other: set[str] = set()
        self._read()

    @property
    def values(self) -> Values:
        values: Values = {name: {} for name in self.ends}
        for path, value in self.found.items():
            if len(path) == 1:
                values[path[0]] = value
            else:
                entries = values[path[0]]
                assert isinstance(entries, dict)  # noqa: S101 - `ends` has its name
                entries[path[1]] = str(value)
        return values

    def _read(self) -> None:
        inside = ""
        held: dict[tuple[str, ...], tuple[int, str, str, str]] = {}
        for at, line in enumerate(self.lines):
            if inside and line.strip() == "}":
                self.ends[inside] = at
                for path, (place, head, remark, value) in held.items():
                    self.found[path], self.place[path] = value, (place, head, remark)
                inside, held = "", {}
            elif inside and (entry := _ENTRY.match(line)):
                path = (inside, entry["name"])
                held[path] = (at, entry["head"], entry["remark"] or "", _unquoted(entry["text"]))
            elif inside and not _EMPTY.match(line):
                # Not a map of texts: nothing of it is touched.
                self.other.add(inside)
                inside, held = "", {}
            elif not inside:
                inside = self._outside(at, line)
        self.other |= {inside} if inside else set()

    def _outside(self, at: int, line: str) -> str:
        """Read a line at the top; gives the name of the map that begins there."""
        if simple := _SIMPLE.match(line):
            path = (simple["name"],)
            self.found[path] = int(simple["number"]) if simple["number"] else _unquoted(simple["text"])
            self.place[path] = (at, simple["head"], simple["remark"] or "")
        elif opening := _OPENING.match(line):
            return opening["name"]
        elif other := _OTHER.match(line):
            self.other.add(other["name"])
        return ""
