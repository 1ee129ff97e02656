"""The part of CHANGELOG.md that belongs to one version. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from infra.release.errors import ReleaseError

_HEADING = re.compile(r"^## (?:\[(?P<linked>[^\]]+)\]|(?P<plain>\S+))(?: - (?P<date>\S+))?$", re.MULTILINE)
#: "[0.2.0]: https://…": what a heading's brackets lead to.
_LINK = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_RELATIVE = re.compile(r"\[([^\]]+)\]\((?!\w+:)([^)]+)\)")


class Section(NamedTuple):
    """One version's part.

    date: as 2026-11-29; empty for what is not released. text: Markdown without the heading and the links.
    """

    version: str
    date: str
    text: str


def sections(changelog: str) -> list[Section]:
    """All of them, the newest first, as they stand."""
    headings = list(_HEADING.finditer(changelog))
    ends = [heading.start() for heading in headings[1:]] + [len(changelog)]
    return [
        Section(
            heading["linked"] or heading["plain"],
            heading["date"] or "",
            _LINK.sub("", changelog[heading.end() : end]).strip(),
        )
        for heading, end in zip(headings, ends, strict=True)
    ]


def notes(changelog: str, version: str) -> Section:
    """What a release's page says.

    version: as 0.2.0.

    Raises:
        ReleaseError: there is no part for it, it has no date, or it says nothing.
    """
    found = next((one for one in sections(changelog) if one.version == version), None)
    if found is None:
        raise ReleaseError(f"CHANGELOG.md has no part `## [{version}] - DATE`. Write it before the tag.")
    if not _DATE.fullmatch(found.date):
        raise ReleaseError(f"CHANGELOG.md says {found.date or 'no date'!r} for {version}; write YYYY-MM-DD.")
    if not found.text:
        raise ReleaseError(f"CHANGELOG.md says nothing about {version}.")
    return found


def linked(text: str, repository: str, version: str) -> str:
    """With links that lead somewhere from a release's page, which has no files beside it.

    repository: its address; empty: the words stay, the links go.
    """
    where = rf"[\1]({repository}/blob/v{version}/\2)" if repository else r"\1"
    return _RELATIVE.sub(where, text)


def version_of(tag: str, version: str) -> str:
    """The version that a tag stands for; `version`, the project's own, without a tag.

    Raises:
        ReleaseError: the tag is of another version.
    """
    if tag and tag != f"v{version}":
        raise ReleaseError(
            f"The tag is {tag}, and this commit is {version}. Tag v{version}, or change the version first."
        )
    return version
