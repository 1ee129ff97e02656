"""One process of many that take from one counter at once: `python -m tests.contract.storage.shared.takers`.

Arguments: the emulator's address, the process's name, how many take, the limit. Prints how many got one.
"""

from __future__ import annotations

import asyncio
import sys

from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.shared.limit_counters import LimitCounters, Taking
from tests.contract.storage.store import INSTANCE, KEY

COUNTER = ("limit:handbook:bot:", "2026-11-30")


async def _take(url: str, name: str, takers: int, most: int) -> int:
    rows = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
    try:
        counters = LimitCounters(rows)
        taken = await asyncio.gather(
            *(
                counters.take(COUNTER, f"t{name}x{number}", most=most, notice=most * 8 // 10)
                for number in range(takers)
            )
        )
        return sum(one is not Taking.FULL for one in taken)
    finally:
        await rows.close()


if __name__ == "__main__":
    url, name, takers, most = sys.argv[1:]
    # All processes begin when they are told to.
    sys.stdin.readline()
    print(asyncio.run(_take(url, name, int(takers), int(most))))  # noqa: T201 - read by the test
