"""From wheels, library and functions to zips."""

from __future__ import annotations

import hashlib
import tempfile
from email.parser import BytesParser
from importlib.metadata import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from infra.package.archive import write_zip
from infra.package.bytecode import compile_tree
from infra.package.errors import PackagingError
from infra.package.licences import licence_of
from infra.package.lock import UNNEEDED
from infra.package.manifest import Archive, Manifest, Package, write_manifest
from infra.package.pruning import is_kept
from infra.package.wheels import contents
from rag_on_dingtalk.config import encode_bots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.package.interpreters import Interpreter
    from infra.package.lock import Pin
    from infra.package.target import Target
    from rag_on_dingtalk.config import Bots

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "layer.txt"
_LIBRARY = ROOT / "layers" / "common"
_FUNCTIONS = ROOT / "functions"

LAYER = "layer"


def functions() -> list[str]:
    """The functions' names: the folders below `functions/` that hold a module."""
    return sorted({module.parent.name for module in _FUNCTIONS.glob("*/*.py")})


def build(
    target: Target,
    *,
    bots: Bots,
    wheels: Mapping[Pin, Path],
    output: Path,
    interpreter: Interpreter | None,
) -> Manifest:
    """Write the layer, the functions and the manifest into `output`.

    interpreter: compiles the modules; None leaves that to each cold start.

    Raises:
        PackagingError: two wheels hold the same file, or something does not compile.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rag-on-dingtalk-package-") as staging:
        folders = {LAYER: Path(staging, LAYER), **{name: Path(staging, name) for name in functions()}}
        packages = _fill_layer(folders[LAYER] / "python", wheels, target)
        for name in functions():
            _fill_function(name, folders[name], bots)
        if interpreter is not None:
            for name, folder in folders.items():
                lands_in = "/opt" if name == LAYER else "/code"
                compile_tree(folder, lands_in=lands_in, interpreter=interpreter)
        zips = {name: _archive(output / f"{name}.zip", folder) for name, folder in folders.items()}
    manifest = Manifest(
        python=target.version,
        compiled_by=interpreter.version if interpreter else "",
        bots=list(bots.bots),
        zips=zips,
        packages=packages,
        left_out=UNNEEDED,
    )
    write_manifest(manifest, output)
    return manifest


def _fill_layer(folder: Path, wheels: Mapping[Pin, Path], target: Target) -> list[Package]:
    """Write `python/`; returns what is in it."""
    ours = metadata("rag-on-dingtalk")
    packages = [Package(ours["Name"], ours["Version"], ours["License-Expression"])]
    files = _sources(_LIBRARY)
    for pin, wheel in wheels.items():
        licence = ""
        for path, content in contents(wheel):
            if path.match("*.dist-info/METADATA"):
                licence = licence_of(BytesParser().parsebytes(content, headersonly=True))
            if is_kept(path, target) and files.setdefault(path, content) != content:
                raise PackagingError(
                    f"{wheel.name} and another package both hold {path}. Pin other versions."
                )
        packages.append(Package(pin.name, pin.version, licence, wheel.name, _sha256(wheel)))
    _write(folder, files)
    return packages


def _fill_function(name: str, folder: Path, bots: Bots) -> None:
    _write(folder, {**_sources(_FUNCTIONS / name), PurePosixPath("bots.json"): encode_bots(bots)})


def _sources(folder: Path) -> dict[PurePosixPath, bytes]:
    """Our own modules; what a Python or an editor left beside them stays behind."""
    modules = sorted(folder.rglob("*.py"))
    return {PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes() for path in modules}


def _write(folder: Path, files: Mapping[PurePosixPath, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _archive(zip_file: Path, folder: Path) -> Archive:
    unpacked = write_zip(zip_file, folder)
    return Archive(bytes=zip_file.stat().st_size, unpacked=unpacked, sha256=_sha256(zip_file))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
