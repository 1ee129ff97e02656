"""Every backend keeps the contract that authors of plug-ins test theirs with."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.testing import BackendContract
from tests.contract.backends.conftest import DIALECTS


@pytest.fixture(params=DIALECTS, autouse=True)
def _chosen(request: pytest.FixtureRequest) -> None:
    request.cls.dialect = DIALECTS[request.param]


class TestEveryBackend(BackendContract):
    pass
