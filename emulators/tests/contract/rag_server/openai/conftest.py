from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.rag_server import KnowledgeServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
async def server(faults: FaultBoard, naps: Naps) -> AsyncIterator[KnowledgeServer]:
    built = KnowledgeServer(api_key=KEY, faults=faults, kind="openai", piece_delay=0, sleep=naps)
    yield built
    await built.stop()
