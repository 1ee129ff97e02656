"""What is in a set of zips, as a CycloneDX document. Pure.

Source: https://cyclonedx.org/docs/1.6/json/; the library writes it, and the tests hold it against its schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.package.wheels.licences import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.package.manifest import Archive, Manifest, Package

NAME = "rag-on-dingtalk"
BILL = "sbom.cdx.json"
_LICENCE = "Apache-2.0"


def bill(manifest: Manifest, *, version: str) -> str:
    """JSON; the same for the same zips, so it has no time, and its number follows from what is in it.

    manifest: of one Python's zips. version: the project's.
    """
    itself = _itself(manifest, version)
    packages = [_package(one) for one in manifest.packages]
    zips = [_zip(name, one) for name, one in sorted(manifest.zips.items())]
    hashes = "".join(one.sha256 for one in manifest.zips.values())
    bom = Bom(
        components=[*packages, *zips],
        serial_number=uuid5(NAMESPACE_URL, f"{NAME}@{version}#{manifest.python}#{hashes}"),
    )
    bom.metadata.component = itself
    bom.metadata.timestamp = None  # type: ignore[assignment]  # The schema does not ask for one.
    bom.register_dependency(itself, [*packages, *zips])
    for zip_ in zips:
        inside = [
            one
            for package, one in zip(manifest.packages, packages, strict=True)
            if f"{package.zip}.zip" == zip_.name
        ]
        if inside:
            bom.register_dependency(zip_, inside)
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def _itself(manifest: Manifest, version: str) -> Component:
    return Component(
        name=NAME,
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"{NAME}@{version}",
        licenses=[LicenseFactory().make_from_string(_LICENCE)],
        properties=[
            Property(name=f"{NAME}:python", value=manifest.python),
            Property(name=f"{NAME}:compiled-by", value=manifest.compiled_by or "nothing"),
        ],
    )


def _package(package: Package) -> Component:
    purl = PackageURL("pypi", None, package.name.lower().replace("_", "-"), package.version)
    licences = [] if package.licence == UNKNOWN else [LicenseFactory().make_from_string(package.licence)]
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=licences,
        hashes=_sha256(package.sha256),
        properties=[Property(name=f"{NAME}:wheel", value=package.wheel)] if package.wheel else [],
    )


def _zip(name: str, archive: Archive) -> Component:
    return Component(
        name=f"{name}.zip",
        type=ComponentType.FILE,
        bom_ref=f"{name}.zip",
        hashes=_sha256(archive.sha256),
    )


def _sha256(content: str) -> Iterable[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=content)] if content else []
