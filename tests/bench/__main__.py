"""`make bench`: every number beside something to compare it with, measured in the same run."""

from __future__ import annotations

import asyncio

from tests.bench import answer_path, callback_cold, zips_cold


def main() -> None:
    callback_cold.report()
    zips_cold.report()
    asyncio.run(answer_path.report())


if __name__ == "__main__":
    main()
