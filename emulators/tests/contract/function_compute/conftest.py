"""A running host, new for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.tests.contract.function_compute.watched import Watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from emulators.function_compute import FunctionComputeHost


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    running = Watched(tmp_path)
    await running.host.start()
    yield running
    await running.host.stop()


@pytest.fixture
def host(watched: Watched) -> FunctionComputeHost:
    return watched.host
