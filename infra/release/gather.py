"""From built zips to the folder that is published."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from infra.package.manifest import MANIFEST, read_manifest
from infra.release.bill import BILL, NAME, bill
from infra.release.checksums import write_checksums
from infra.release.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

    from infra.release.notes import Section

NOTES = "NOTES.md"


def write_bill(folder: Path, *, version: str) -> Path:
    """Write what is in a folder's zips beside them.

    Raises:
        PackagingError: there are no zips, or their manifest cannot be read.
    """
    written = folder / BILL
    written.write_text(bill(read_manifest(folder), version=version), encoding="utf-8")
    return written


def gather(built: Path, release: Path, *, section: Section) -> list[Path]:
    """Make the release's folder anew from all Pythons' zips below `built`; returns what is in it.

    A name says all: rag-on-dingtalk-0.2.0-python3.12-layer.zip.

    Raises:
        PackagingError: a folder of zips has no manifest that can be read.
        ReleaseError: nothing is built.
    """
    folders = sorted(path for path in built.glob("python*") if path.is_dir())
    if not folders:
        raise ReleaseError(f"{built} holds no zips. `make release` builds them.")
    shutil.rmtree(release, ignore_errors=True)
    release.mkdir(parents=True)
    for folder in folders:
        prefix = f"{NAME}-{section.version}-{folder.name}"
        for name in read_manifest(folder).zips:
            shutil.copyfile(folder / f"{name}.zip", release / f"{prefix}-{name}.zip")
        shutil.copyfile(folder / MANIFEST, release / f"{prefix}-{MANIFEST}")
        shutil.copyfile(write_bill(folder, version=section.version), release / f"{prefix}-{BILL}")
    (release / NOTES).write_text(_notes(section), encoding="utf-8")
    write_checksums(release)
    return sorted(release.iterdir())


def _notes(section: Section) -> str:
    return (
        f"{section.text}\n\n"
        "### Files\n\n"
        "`…-layer.zip` is the library with all it needs, for one Python each. The functions' zips hold the "
        "bots of `bots.example.yaml`: build yours with `make package`.\n"
        "`…-sbom.cdx.json` says what is inside (CycloneDX), `SHA256SUMS` is for `sha256sum --check`, and "
        "`gh attestation verify FILE` says that this repository built it.\n"
    )
