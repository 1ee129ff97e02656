"""A release says what is new, what is in it, and how to check it; and is refused when that is not so."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.package.manifest import Archive, Manifest, Package, write_manifest
from infra.release.__main__ import main
from infra.release.bill import BILL, bill
from infra.release.checksums import SUMS, write_checksums
from infra.release.errors import ReleaseError
from infra.release.gather import NOTES, gather
from infra.release.notes import Section, linked, notes, sections, version_of
from rag_on_dingtalk import __version__

ROOT = Path(__file__).parents[3]
CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## [0.2.0] - 2026-11-29

### Added

- New: [a page](docs/page.md).

## 0.1.1

- No date.

## [0.1.0] - 2026-11-21

[0.2.0]: ../../compare/v0.1.0...v0.2.0
"""
SECTION = Section("0.2.0", "2026-11-29", "- New.")


def manifest(**changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "python": "3.12",
        "compiled_by": "3.12.1",
        "bots": ["handbook"],
        "zips": {"layer": Archive(4, 8, "a" * 64), "callback": Archive(2, 4, "b" * 64)},
        "packages": [
            Package("msgspec", "0.20.0", "BSD-3-Clause", "msgspec-0.20.0-cp312.whl", "c" * 64),
            Package("Some_Thing", "1.0", "unknown"),
            Package("other", "2.0", "Apache Software License AND MIT License", "other.whl", "d" * 64),
        ],
        "left_out": {},
    }
    return Manifest(**{**values, **changes})


def test_a_versions_part_is_taken_without_its_heading_and_the_links() -> None:
    assert notes(CHANGELOG, "0.2.0").text == "### Added\n\n- New: [a page](docs/page.md)."
    assert [one.version for one in sections(CHANGELOG)] == ["Unreleased", "0.2.0", "0.1.1", "0.1.0"]


@pytest.mark.parametrize(
    ("version", "told"),
    [("0.3.0", "no part"), ("0.1.1", "no date"), ("0.1.0", "says nothing"), ("Unreleased", "no date")],
)
def test_a_part_that_says_too_little_is_refused(version: str, told: str) -> None:
    with pytest.raises(ReleaseError, match=told):
        notes(CHANGELOG, version)


@pytest.mark.parametrize(
    ("repository", "said"),
    [
        (
            "https://git.example/o/r",
            "[a](https://git.example/o/r/blob/v0.2.0/docs/a.md#b), [c](https://d.example)",
        ),
        ("", "a, [c](https://d.example)"),
    ],
)
def test_a_releases_links_lead_somewhere_from_its_page(repository: str, said: str) -> None:
    assert linked("[a](docs/a.md#b), [c](https://d.example)", repository, "0.2.0") == said


@pytest.mark.parametrize("tag", ["v0.2.1", "0.2.0", "v0.2.0-rc1"])
def test_a_tag_of_another_version_is_refused(tag: str) -> None:
    with pytest.raises(ReleaseError, match=re.escape(tag)):
        version_of(tag, "0.2.0")


def test_the_version_is_the_same_wherever_it_stands() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    registry = yaml.safe_load((ROOT / "infra" / "registry" / "publish.yaml").read_text(encoding="utf-8"))
    newest = next(
        one
        for one in sections((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
        if one.version != "Unreleased"
    )

    assert re.findall(r'^version = "(.+)"$', project, re.MULTILINE) == [__version__]
    assert registry["Version"] == __version__
    assert newest.version == __version__


def test_this_commits_own_version_can_be_released(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--tag", f"v{__version__}"]) == 0
    assert main(["notes"]) == 0
    assert "### Added" in capsys.readouterr().out


def test_the_changelogs_headings_lead_to_what_changed() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = [one for one in sections(text) if one.version != "Unreleased"]

    assert all(notes(text, one.version) for one in released)
    assert re.findall(r"^\[(\S+)\]: \.\./\.\./", text, re.MULTILINE) == [one.version for one in released]


def test_the_bill_of_materials_is_what_the_standard_asks_for() -> None:
    made = bill(manifest(), version="0.2.0")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made) is None


def test_the_bill_names_every_package_and_every_zip_by_its_hash() -> None:
    made = json.loads(bill(manifest(), version="0.2.0"))

    hashes = {
        one["name"]: [entry["content"] for entry in one.get("hashes", [])] for one in made["components"]
    }
    assert hashes == {
        "msgspec": ["c" * 64],
        "Some_Thing": [],
        "other": ["d" * 64],
        "layer.zip": ["a" * 64],
        "callback.zip": ["b" * 64],
    }
    assert {one["purl"] for one in made["components"] if "purl" in one} == {
        "pkg:pypi/msgspec@0.20.0",
        "pkg:pypi/some-thing@1.0",
        "pkg:pypi/other@2.0",
    }
    layer = next(one for one in made["dependencies"] if one["ref"] == "layer.zip")
    assert len(layer["dependsOn"]) == 3


def test_the_same_zips_have_the_same_bill() -> None:
    again = manifest(zips={**manifest().zips, "callback": Archive(2, 4, "e" * 64)})

    assert bill(manifest(), version="0.2.0") == bill(manifest(), version="0.2.0")
    numbers = {json.loads(bill(one, version="0.2.0"))["serialNumber"] for one in (manifest(), again)}
    assert len(numbers) == 2


def test_checksums_are_read_by_the_usual_tool(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"two")
    (tmp_path / "a.json").write_bytes(b"one")

    write_checksums(tmp_path)
    write_checksums(tmp_path)
    check = ["sha256sum", "--check", "--strict", SUMS]
    good = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "b.zip").write_bytes(b"three")
    bad = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert good.stdout.split() == ["a.json:", "OK", "b.zip:", "OK"]
    assert bad.returncode != 0


def test_a_release_holds_the_zips_of_every_python_with_what_is_in_them(tmp_path: Path) -> None:
    for version in ("3.10", "3.12"):
        folder = tmp_path / "built" / f"python{version}"
        folder.mkdir(parents=True)
        for name in ("layer", "callback"):
            (folder / f"{name}.zip").write_bytes(version.encode())
        write_manifest(manifest(python=version), folder)
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "of-last-time.zip").write_bytes(b"old")

    made = [path.name for path in gather(tmp_path / "built", tmp_path / "release", section=SECTION)]

    assert made == sorted(
        [NOTES, SUMS]
        + [
            f"rag-on-dingtalk-0.2.0-python{version}-{name}"
            for version in ("3.10", "3.12")
            for name in ("callback.zip", "layer.zip", "manifest.json", BILL)
        ]
    )
    assert (tmp_path / "release" / NOTES).read_text(encoding="utf-8").startswith("- New.\n")


def test_nothing_is_gathered_from_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gather", str(tmp_path), str(tmp_path / "release")]) == 1
    assert main(["sbom", str(tmp_path)]) == 1
    assert "make release" in capsys.readouterr().err
