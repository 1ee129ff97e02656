"""`python -m infra.release`: the notes, the bill of materials, the checksums, or all of a release."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.package.errors import PackagingError
from infra.release.checksums import write_checksums
from infra.release.errors import ReleaseError
from infra.release.gather import gather, write_bill
from infra.release.notes import Section, linked, notes, version_of
from rag_on_dingtalk import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.release", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    for name, help_ in (
        ("check", "is this commit what the tag says?"),
        ("notes", "print the release's text"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--tag", default="", help="as v0.2.0; without it the version of this commit")
    sbom = commands.add_parser("sbom", help="write what is in a folder's zips beside them (CycloneDX)")
    sbom.add_argument("folder", type=Path, help="as dist/python3.12")
    sums = commands.add_parser("checksums", help="write SHA256SUMS of a folder's files into it")
    sums.add_argument("folder", type=Path, help="as dist/python3.12")
    whole = commands.add_parser("gather", help="make the folder that is published")
    whole.add_argument("built", type=Path, help="holds python3.10/ and python3.12/")
    whole.add_argument("release", type=Path, help="is made anew")
    whole.add_argument("--tag", default="", help="as for check")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Carry one command out; 1: it cannot be, and why is on stderr."""
    arguments = build_parser().parse_args(argv)
    try:
        print(_carry_out(arguments))  # noqa: T201 - a command's output
    except (PackagingError, ReleaseError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def _carry_out(arguments: argparse.Namespace) -> str:
    """Do it; returns what to print."""
    match arguments.command:
        case "check":
            section = _section(arguments.tag)
            return f"{section.version} of {section.date} can be released."
        case "notes":
            return _section(arguments.tag).text
        case "sbom":
            return str(write_bill(arguments.folder, version=__version__))
        case "checksums":
            return str(write_checksums(arguments.folder))
        case _:
            made = gather(arguments.built, arguments.release, section=_section(arguments.tag))
            return "\n".join(f"{path}  {path.stat().st_size / 1e6:.2f} MB" for path in made)


def _section(tag: str) -> Section:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = notes(changelog, version_of(tag, __version__))
    repository = os.environ.get("REPOSITORY_URL", "")
    return section._replace(text=linked(section.text, repository, section.version))


if __name__ == "__main__":
    sys.exit(main())
