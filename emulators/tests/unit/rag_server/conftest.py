from __future__ import annotations

import pytest

from emulators.rag_server.retrieval.documents import load_documents
from emulators.rag_server.retrieval.workspaces import Workspace, workspaces_over
from emulators.rag_server.server import HANDBOOK


@pytest.fixture(scope="session")
def workspaces() -> dict[str, Workspace]:
    return workspaces_over(load_documents(HANDBOOK))


@pytest.fixture(scope="session")
def handbook(workspaces: dict[str, Workspace]) -> Workspace:
    return workspaces["handbook"]
