from __future__ import annotations

import pytest

from local.knowledge.documents import load_documents
from local.knowledge.server import HANDBOOK
from local.knowledge.workspaces import Workspace, workspaces_over


@pytest.fixture(scope="session")
def workspaces() -> dict[str, Workspace]:
    return workspaces_over(load_documents(HANDBOOK))


@pytest.fixture(scope="session")
def handbook(workspaces: dict[str, Workspace]) -> Workspace:
    return workspaces["handbook"]
