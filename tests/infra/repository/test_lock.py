"""requirements/ holds versions of all that pyproject.toml asks for, and does not say where they come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
#: Which lists of pyproject.toml a lock is made from, as `make lock` says.
MADE_FROM = {
    "layer": ["dependencies"],
    "local": ["dependencies", "local"],
    "dev": ["dependencies", "local", "dev"],
    "site": ["dependencies", "local", "dev", "site"],
    "bridge": ["bridge"],
    "console": ["console"],
}


def asked_for(name: str) -> list[Requirement]:
    """One list; read as text, for Python 3.10 has no reader of TOML."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (listed,) = re.findall(rf"^{name} = \[([^\]]*)\]$", project, re.MULTILINE | re.DOTALL)
    return [Requirement(one) for one in re.findall(r'"([^"]+)"', re.sub(r"#.*", "", listed))]


def locked(path: Path) -> list[Requirement]:
    return [
        Requirement(line) for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]


def test_every_lock_is_known() -> None:
    assert {path.stem for path in LOCKS} == set(MADE_FROM)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_a_version_of_all_that_is_asked_for(lock: Path) -> None:
    held: dict[str, list[str]] = {}
    for one in locked(lock):
        (pin,) = one.specifier
        assert pin.operator == "=="
        held.setdefault(one.name.lower(), []).append(pin.version)

    for wanted in (one for name in MADE_FROM[lock.stem] for one in asked_for(name)):
        versions = held.get(wanted.name.lower(), [])
        assert versions, f"{lock.name} has no {wanted.name}: run `make lock`."
        assert all(wanted.specifier.contains(version) for version in versions), wanted


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_what_is_not_deployed_is_not_installed_either(lock: Path) -> None:
    # tablestore names numpy; flatbuffers imports it where it is there.
    assert "numpy" not in {one.name for one in locked(lock)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_no_address(lock: Path) -> None:
    assert not re.search(r"://|--(?:index|extra|find)", lock.read_text(encoding="utf-8"))


def test_a_wider_lock_changes_no_version_of_a_narrower_one() -> None:
    held = {path.stem: set(map(str, locked(path))) for path in LOCKS}

    def pins(name: str) -> set[str]:
        return {one.partition(";")[0] for one in held[name]}

    assert pins("layer") <= pins("local") <= pins("dev") <= pins("site")
    assert pins("bridge") <= pins("local")
    assert pins("console") <= pins("local")
