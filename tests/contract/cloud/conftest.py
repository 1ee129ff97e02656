"""One account, with a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from emulators.cloud import CloudSide
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ACCOUNT = "1000000000000001"
REGION = "cn-hangzhou"


@pytest_asyncio.fixture
async def cloud_side() -> AsyncIterator[CloudSide]:
    side = CloudSide(
        account=ACCOUNT,
        region=REGION,
        secrets={"AKID": "SECRET"},
        faults=FaultBoard(),
        foreign=frozenset({"taken-name"}),
    )
    await side.start()
    yield side
    await side.stop()
