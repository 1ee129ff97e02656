"""From wheels, library and functions to zips."""

from __future__ import annotations

import hashlib
import tempfile
from email.parser import BytesParser
from importlib.metadata import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from infra.package.archive import write_zip
from infra.package.errors import PackagingError
from infra.package.manifest import Archive, Manifest, Package, write_manifest
from infra.package.wheels.bytecode import compile_tree
from infra.package.wheels.fetching import contents
from infra.package.wheels.licences import licence_of
from infra.package.wheels.lock import UNNEEDED
from infra.package.wheels.pruning import is_kept
from rag_on_dingtalk.settings.bots_document import encode_bots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.package.wheels.interpreters import Interpreter
    from infra.package.wheels.lock import Pin
    from infra.package.wheels.target import Target
    from rag_on_dingtalk.settings.bot import Bots

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "layer.txt"
_LIBRARY = ROOT / "layers" / "common"
_FUNCTIONS = ROOT / "functions"

LAYER = "layer"
#: It looks through nothing, and its cold start pays for every byte.
_READS_BOTS_ONLY = "callback"

#: What our own folders hold that a function needs: modules, and what the console's pages load.
_KEPT = frozenset((".py", ".css", ".js", ".svg"))

#: What runs on a person's machine: the command line, setup, and tests for those who write backends.
_NOT_DEPLOYED = frozenset(
    PurePosixPath("rag_on_dingtalk", name) for name in ("__main__.py", "cli", "setup", "testing")
)
#: Rooms of the library that one function alone imports: they are in its zip, and not in the layer of all.
_OWN_ROOMS = {"console": PurePosixPath("rag_on_dingtalk/console")}


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
    plugins: Mapping[PurePosixPath, bytes] | None = None,
    beside: Mapping[str, bytes] | None = None,
    own: Mapping[str, Mapping[Pin, Path]] | None = None,
) -> Manifest:
    """Write the layer, the functions and the manifest into `output`.

    interpreter: compiles the modules; None leaves that to each cold start.
    plugins: files of plug-ins, by their place in the layer's `python/`.
    beside: what only the functions that answer read, by its file's name: compiled word lists and skills.
    own: wheels that one function carries and the layer does not, by the function's name.

    Raises:
        PackagingError: two wheels hold the same file, or something does not compile.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rag-on-dingtalk-package-") as staging:
        folders = {LAYER: Path(staging, LAYER), **{name: Path(staging, name) for name in functions()}}
        packages = _fill_layer(folders[LAYER] / "python", wheels, target, plugins or {})
        for name in functions():
            _fill_function(name, folders[name], bots, beside or {})
            files = _own_room(name)
            packages += _unpacked((own or {}).get(name, {}), files, target, into=name)
            _write(folders[name], files)
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


def _fill_layer(
    folder: Path, wheels: Mapping[Pin, Path], target: Target, plugins: Mapping[PurePosixPath, bytes]
) -> list[Package]:
    """Write `python/`; returns what is in it."""
    ours = metadata("rag-on-dingtalk")
    packages = [Package(ours["Name"], ours["Version"], ours["License-Expression"])]
    apart = {*_NOT_DEPLOYED, *_OWN_ROOMS.values()}
    files = {
        path: content
        for path, content in _sources(_LIBRARY).items()
        if apart.isdisjoint((path, *path.parents))
    }
    packages += _unpacked(wheels, files, target, into=LAYER)
    for path, content in plugins.items():
        if files.setdefault(path, content) != content:
            raise PackagingError(f"A plug-in brings {path}, which the layer holds already. Rename it.")
    _write(folder, files)
    return packages


def _own_room(function: str) -> dict[PurePosixPath, bytes]:
    """The room of the library that is this function's alone; its composition root adds it to the package."""
    room = _OWN_ROOMS.get(function)
    if room is None:
        return {}
    return {room / path: content for path, content in _sources(_LIBRARY / room).items()}


def _unpacked(
    wheels: Mapping[Pin, Path], files: dict[PurePosixPath, bytes], target: Target, *, into: str
) -> list[Package]:
    """Put the wheels' files to the others; returns what they are. into: the zip's name."""
    packages = []
    for pin, wheel in wheels.items():
        licence = ""
        for path, content in contents(wheel):
            if path.match("*.dist-info/METADATA"):
                licence = licence_of(BytesParser().parsebytes(content, headersonly=True))
            if is_kept(path, target) and files.setdefault(path, content) != content:
                raise PackagingError(
                    f"{wheel.name} and another package both hold {path}. Pin other versions."
                )
        packages.append(Package(pin.name, pin.version, licence, wheel.name, _sha256(wheel), into))
    return packages


def _fill_function(name: str, folder: Path, bots: Bots, beside: Mapping[str, bytes]) -> None:
    """beside: as in `build`; an empty file is left out."""
    _write(folder, {**_sources(_FUNCTIONS / name), PurePosixPath("bots.json"): encode_bots(bots)})
    if name != _READS_BOTS_ONLY:
        _write(folder, {PurePosixPath(file): content for file, content in beside.items() if content})


def _sources(folder: Path) -> dict[PurePosixPath, bytes]:
    """Our own files; what a Python or an editor left beside them stays behind."""
    modules = sorted(path for path in folder.rglob("*") if path.suffix in _KEPT)
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
