"""`make bench`: every number beside something to compare it with, measured in the same run."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.bench import (
    access_decision,
    answer_path,
    burst,
    kept_answers,
    long_answers,
    regression,
    saturation,
    sensitive_words,
)
from tests.bench.cold import answer_cold, callback_cold, zips_cold
from tests.bench.load import report as load


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="measure ratios only; fail if one has grown by more than 15 %%"
    )
    parser.add_argument("--keep", action="store_true", help="keep the ratios for later runs")
    parser.add_argument("--load", action="store_true", help="measure many answers in one process only")
    wanted = parser.parse_args()
    if not (wanted.check or wanted.load):
        _everything_else()
    ratios = saturation.report() | asyncio.run(load.report())
    if wanted.keep:
        regression.keep(ratios)
    worse = regression.regressions(ratios) if wanted.check else []
    if worse:
        sys.exit("\n".join(("Grown by more than 15 %:", *worse)))


def _everything_else() -> None:
    callback_cold.report()
    answer_cold.report()
    zips_cold.report()
    burst.report()
    long_answers.report()
    sensitive_words.report()
    access_decision.report()
    kept_answers.report()
    asyncio.run(answer_path.report())


if __name__ == "__main__":
    main()
