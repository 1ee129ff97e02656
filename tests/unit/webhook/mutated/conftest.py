"""A valid push to each address, to be changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.webhook import mutations as m


@pytest.fixture(params=tuple(m.VALID))
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def push(route: str) -> dict[str, Any]:
    return m.VALID[route]()
