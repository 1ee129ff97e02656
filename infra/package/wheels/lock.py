"""The lock file `requirements/layer.txt` as one target sees it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from infra.package.errors import PackagingError

if TYPE_CHECKING:
    from infra.package.wheels.target import Target

#: Requirements that are named and never imported: tests run every function without them.
UNNEEDED = {
    "future": "tablestore names it for Python 2; nothing imports it on Python 3",
    "numpy": "tablestore names it for vector queries; only flatbuffers imports it, and does without",
}


class Pin(msgspec.Struct, frozen=True):
    """One distribution in exactly one version; the name is the canonical one."""

    name: str
    version: str


def pins(text: str, target: Target) -> list[Pin]:
    """What a universal lock file asks for on `target`, in its order.

    Markers are evaluated for the target: `pip --python-version` asks the Python that runs it.

    Raises:
        PackagingError: a line is no pin, or one distribution is pinned twice.
    """
    found: dict[str, Pin] = {}
    for number, line in enumerate(text.splitlines(), 1):
        requirement = line.partition("#")[0].strip()
        if not requirement:
            continue
        pin = _pin(requirement, target, number)
        if pin is None:
            continue
        if pin.name in found:
            raise PackagingError(
                f"Line {number} pins {pin.name} a second time for Python {target.version}. Run `make lock`."
            )
        found[pin.name] = pin
    return list(found.values())


def _pin(line: str, target: Target, number: int) -> Pin | None:
    """The line's pin, or None when it is for other machines."""
    try:
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        version = str(Version(specifier.version))
    except (InvalidRequirement, InvalidVersion, ValueError) as error:
        raise PackagingError(f"Line {number} is no pin: {line!r}. Run `make lock`.") from error
    if specifier.operator != "==" or requirement.extras or requirement.url:
        raise PackagingError(f"Line {number} is no pin: {line!r}. Run `make lock`.")
    if requirement.marker is not None and not requirement.marker.evaluate(dict(target.markers())):
        return None
    return Pin(canonicalize_name(requirement.name), version)
