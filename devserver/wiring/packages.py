"""The functions' programs: this repository's sources, or built zips and nothing beside them."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from devserver.settings import ROOT
from emulators.function_compute.runtimes.programs import Programs
from infra.package.errors import PackagingError
from infra.package.manifest import read_manifest
from infra.package.wheels.interpreters import find_interpreter
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.loading import FOLDER

if TYPE_CHECKING:
    from infra.package.manifest import Manifest


def from_sources(library: Path) -> Programs:
    """What the zips in s.yaml are made of: `…/callback.zip` is functions/callback, the layer is `library`."""
    own = (str(FOLDER.resolve()),) if FOLDER.is_dir() else ()
    return Programs(
        folder=lambda code: ROOT / "functions" / Path(code).stem, python_path=(str(library), *own)
    )


def python_of(zips: Path) -> str:
    """The Python that a folder of zips is for, such as "3.12".

    Raises:
        ConfigurationError: it holds no zips.
    """
    return _manifest(zips).python


def from_zips(zips: Path, into: Path) -> Programs:
    """Unpack the zips as Function Compute does: the layer for all, and each function by itself.

    They are run by the Python they are for, without site-packages: what a zip lacks is missing here, too.

    Raises:
        ConfigurationError: there are no zips, one is not what the manifest says, or that Python is not here.
    """
    manifest = _manifest(zips)
    for name, archive in manifest.zips.items():
        try:
            content = (zips / f"{name}.zip").read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{zips} lacks a zip: {error}. Run `make package`.") from error
        if hashlib.sha256(content).hexdigest() != archive.sha256:
            raise ConfigurationError(
                f"{zips / name}.zip is not the one in the manifest beside it. Run `make package`."
            )
        with zipfile.ZipFile(zips / f"{name}.zip") as opened:
            opened.extractall(into / name)
    try:
        interpreter = find_interpreter(manifest.python)
    except PackagingError as error:
        raise ConfigurationError(f"The zips in {zips} run on Python {manifest.python}. {error}") from error
    return Programs(
        folder=lambda code: into / Path(code).stem,
        python_path=(str(into / "layer" / "python"),),
        python=(str(interpreter.path), "-s", "-S"),
    )


def _manifest(zips: Path) -> Manifest:
    try:
        return read_manifest(zips)
    except PackagingError as error:
        raise ConfigurationError(str(error)) from error
