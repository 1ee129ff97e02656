from __future__ import annotations

import pytest

from local.faults import FaultBoard
from tests.contract.knowledge.clients import Naps


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def naps() -> Naps:
    return Naps()
