"""Tablestore's emulator in a process of its own; prints its address. Run as a program."""

from __future__ import annotations

import asyncio

from tests.contract.storage.store import tablestore


async def main() -> None:
    async with tablestore() as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
