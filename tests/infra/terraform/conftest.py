"""One stub provider for all tests of a process, and workspaces on demand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.terraform.plans import facts, stub_provider
from tests.infra.terraform.plans.workspace import Served, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def terraform() -> str:
    """The path of the real Terraform."""
    path = shutil.which("terraform")
    if path is None:
        pytest.skip(
            "terraform is not installed. Get 1.9 or newer from https://developer.hashicorp.com/terraform."
        )
    return path


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The stub provider, served."""
    description = facts.load()
    with (
        stub_provider.serving(description) as provider,
        stub_provider.serving(description, foretells=True) as foretelling,
    ):
        yield Served(provider, foretelling)


@pytest.fixture
def workspace(tmp_path: Path, terraform: str, served: Served) -> Workspace:
    """A fresh copy of infra/terraform with every default."""
    return Workspace(tmp_path, terraform=terraform, served=served)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, terraform: str, served: Served) -> dict[str, Any]:
    """The state of a deployment with every default; read it only."""
    folder = tmp_path_factory.mktemp("deployed")
    return Workspace(folder, terraform=terraform, served=served).apply()
