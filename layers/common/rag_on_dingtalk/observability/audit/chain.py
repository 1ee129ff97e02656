"""The chain of the audit: each record names the one before it by a hash, so that gaps and changes show. Pure.

Records of one bot and day are numbered from 1. The first of a day continues the last of the day before, and
a head, kept apart, names the last of all: rows that were removed at the end show, too. A person who may write
the table could write all of it anew; the copy in Log Service, under rights of its own, shows that.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.observability.days import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rag_on_dingtalk.observability.events import Act

    Columns = Mapping[str, str | int | bool | float]

#: Of a record's texts; a setting or a name is shorter.
_LONGEST = 1_000
_KEY = ("bot_day", "number", "hash")


class Head(msgspec.Struct, frozen=True):
    """The last record of a bot."""

    day: str = ""
    number: int = 0
    hash: str = ""

    @property
    def serial(self) -> int:
        """Grows with every record."""
        return int(self.day.replace("-", "") or 0) * 1_000_000 + self.number


class Record(msgspec.Struct, frozen=True):
    """One row of `audit`: its place, and its columns with the hash among them."""

    bot: str
    day: str
    number: int
    columns: dict[str, str | int]

    @property
    def hash(self) -> str:
        """By which the next one names it."""
        return str(self.columns.get("hash", ""))


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with the chain, and where."""

    day: str
    number: int
    what: str

    def __str__(self) -> str:
        return f"{self.day} number {self.number}: {self.what}"


def sealed(act: Act, *, id_: str, after: Head) -> Record:
    """The record of an act that follows another.

    id_: tells two acts of the same words apart.
    """
    day = day_of(act.at_ms)
    number = after.number + 1 if after.day == day else 1
    fields = {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in msgspec.structs.asdict(act).items()
        if name != "bot"
    }
    columns = {**fields, "id": id_, "before": after.hash}
    return Record(act.bot, day, number, {**columns, "hash": _hash(act.bot, day, number, columns)})


def check(records: Iterable[Record], head: Head) -> Iterator[Finding]:
    """Everything that is missing or changed.

    records: of one bot and of whole days, in order. head: as it is kept; empty where there is none.
    """
    before: Record | None = None
    for one in records:
        yield from _against(before, one)
        if _hash(one.bot, one.day, one.number, one.columns) != one.hash:
            yield Finding(one.day, one.number, "was changed: it does not have its hash any more")
        before = one
    last = Head(before.day, before.number, before.hash) if before else Head()
    if head.serial > last.serial and (before is None or before.day <= head.day):
        first = last.number + 1 if last.day == head.day else 1
        yield Finding(head.day, first, f"is missing, and all after it up to number {head.number}")
    elif head.serial == last.serial and head.hash != last.hash:
        yield Finding(last.day, last.number, "was changed: the head names another")


def _against(before: Record | None, one: Record) -> Iterator[Finding]:
    expected = before.number + 1 if before is not None and before.day == one.day else 1
    for number in range(expected, one.number):
        yield Finding(one.day, number, "is missing")
    if one.number < expected:
        yield Finding(one.day, one.number, "is there twice")
    if before is not None and one.number == expected and one.columns.get("before") != before.hash:
        yield Finding(before.day, before.number, "was changed or more is missing: the next one names another")


def _hash(bot: str, day: str, number: int, columns: Columns) -> str:
    told = {name: columns[name] for name in sorted(columns) if name not in _KEY}
    content = msgspec.json.encode([bot, day, number, list(told.items())])
    return hashlib.sha256(content).hexdigest()
