"""What is in the zips: `manifest.json` beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from infra.package.errors import PackagingError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"


class Archive(msgspec.Struct, frozen=True):
    """One zip: its size, its size unpacked (both in bytes) and its hash."""

    bytes: int
    unpacked: int
    sha256: str


class Package(msgspec.Struct, frozen=True):
    """One distribution, the wheel it came from, and the zip it is in."""

    name: str
    version: str
    licence: str
    wheel: str = ""
    sha256: str = ""
    zip: str = "layer"


class Manifest(msgspec.Struct, frozen=True):
    """Everything about one set of zips.

    python: the minor version they run on; compiled_by: the Python that compiled them; empty: none did.
    bots: the bots of the bots.yaml that is compiled in.
    left_out: name of a required distribution → why it is not there.
    """

    python: str
    compiled_by: str
    bots: list[str]
    zips: dict[str, Archive]
    packages: list[Package]
    left_out: dict[str, str]


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write it for people as much as for programs."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(text + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder with zips.

    Raises:
        PackagingError: there is none, or it cannot be read.
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise PackagingError(
            f"{folder} holds no zips that can be used: {error}. Run `make package`."
        ) from error
