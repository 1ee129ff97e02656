"""Wheels: fetched for a target that is not this machine, and read without installing them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from infra.package.errors import PackagingError
from infra.package.wheels.target import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from infra.package.wheels.lock import Pin
    from infra.package.wheels.target import Target

_SITE_PACKAGES = ("purelib", "platlib")
_SHOWN_LINES = 5


def collect(pins: Sequence[Pin], target: Target, folder: Path) -> list[Path]:
    """A wheel for every pin, in the order of the pins; only those missing in `folder` are downloaded into it.

    Raises:
        PackagingError: the registry has none that runs there, or cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if best(pin, target, folder) is None]
    if missing:
        _download(missing, target, folder)
    chosen = [best(pin, target, folder) for pin in pins]
    absent = [pin.name for pin, wheel in zip(pins, chosen, strict=True) if wheel is None]
    if absent:
        raise PackagingError(
            f"pip brought no wheel of {', '.join(absent)} to {folder}. Empty it and try again."
        )
    return [wheel for wheel in chosen if wheel is not None]


def best(pin: Pin, target: Target, folder: Path) -> Path | None:
    """The wheel of `pin` in `folder` that fits `target` best."""
    rank = {tag: number for number, tag in enumerate(target.tags())}
    fitting: list[tuple[int, str, Path]] = []
    for path in folder.glob("*.whl"):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        ranks = [rank[tag] for tag in tags if tag in rank]
        if (canonicalize_name(name), str(version)) == (pin.name, pin.version) and ranks:
            fitting.append((min(ranks), path.name, path))
    return min(fitting)[2] if fitting else None


def _download(missing: Sequence[Pin], target: Target, folder: Path) -> None:
    abi = f"cp{''.join(map(str, target.digits))}"
    done = subprocess.run(  # noqa: S603 - our own pip, with names and versions from our own lock file
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--dest", str(folder)),
            *("--python-version", target.version, "--implementation", "cp", "--abi", abi, "--abi", "abi3"),
            *(part for platform in PLATFORMS for part in ("--platform", platform)),
            *(f"{pin.name}=={pin.version}" for pin in missing),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n  ".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])
        raise PackagingError(
            f"pip could not fetch the wheels for Python {target.version}. It said:\n  {said}\n"
            f"Check the network, or put the wheels into {folder} yourself."
        )


def contents(wheel: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """What installing a wheel would put into site-packages, without scripts, headers and data."""
    with zipfile.ZipFile(wheel) as opened:
        for name in sorted(opened.namelist()):
            place = _place(PurePosixPath(name))
            if place is not None and not name.endswith("/"):
                yield place, opened.read(name)


def _place(path: PurePosixPath) -> PurePosixPath | None:
    """Where a wheel's entry goes below site-packages; source: the wheel format, on `.data` directories."""
    if not path.parts[0].endswith(".data"):
        return path
    scheme, *rest = path.parts[1:]
    return PurePosixPath(*rest) if scheme in _SITE_PACKAGES and rest else None
