"""An answer written by people, with its versions. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.clock import BEIJING
from rag_on_dingtalk.knowledge.skills.skill import Skill

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version; it never changes.

    skill: what it answers, and when; its version is this one.
    written_by, written_ms: who wrote it, and when. Whether it lives is the head's to say.
    gap: the id of the gap that it fills. turns: questions whose askers are told when it is published.
    """

    skill: Skill
    written_by: str
    written_ms: int
    gap: str = ""
    turns: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Its version."""
        return self.skill.version


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions of one answer live.

    live: 0: none. trial: a newer one that `percent` of the people get; 0: none. before: what lived before.
    approved: by version: who published it, and when in milliseconds since the epoch.
    number: of the change, for the next one. last: who made it, and when: the same again changes nothing.
    """

    live: int = 0
    trial: int = 0
    percent: int = 0
    before: int = 0
    approved: dict[str, tuple[str, int]] = {}
    number: int = 0
    last: tuple[str, int, str] = ("", 0, "")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, with all its versions, the oldest first."""

    id: str
    head: Head = Head()
    versions: tuple[Version, ...] = ()

    @property
    def newest(self) -> int:
        """The number of the newest version; 0 without any."""
        return self.versions[-1].number if self.versions else 0

    def version(self, number: int) -> Version | None:
        """The version of that number."""
        return next((one for one in self.versions if one.number == number), None)

    def living(self) -> tuple[Skill, ...]:
        """The versions that answer, each with who approved it."""
        head = self.head
        found = [(head.live, None), (head.trial, head.percent if head.live else None)]
        living = []
        for number, percent in found:
            one = self.version(number) if number else None
            if one is not None:
                by, at_ms = head.approved.get(str(number), ("", 0))
                day = datetime.fromtimestamp(at_ms / 1000, BEIJING).date() if at_ms else None
                living.append(
                    msgspec.structs.replace(one.skill, percent=percent, approved_by=by, approved_on=day)
                )
        return tuple(living)


def version_columns(version: Version) -> Columns:
    """As it is stored."""
    return {"content": msgspec.json.encode(version).decode()}


def head_columns(head: Head) -> Columns:
    """As it is stored; the storage counts `number`."""
    return {"content": msgspec.json.encode(msgspec.structs.replace(head, number=0)).decode()}


def read_entry(id_: str, rows: list[tuple[int, Columns]]) -> Entry:
    """An answer from its rows, version 0 being its head; what another edition wrote is left out."""
    head, versions = Head(), []
    for number, columns in rows:
        try:
            if number:
                versions.append(msgspec.json.decode(str(columns["content"]), type=Version))
            else:
                read = msgspec.json.decode(str(columns["content"]), type=Head)
                head = msgspec.structs.replace(read, number=int(columns["number"]))
        except (msgspec.DecodeError, KeyError):
            continue
    versions.sort(key=lambda one: one.number)
    return Entry(id=id_, head=head, versions=tuple(versions))
