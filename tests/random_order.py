"""`make test-random`: the tests in a random order with new examples, again and again, on a busy machine.

A test that fails now and then fails here: it depends on what ran before it, or on being quick. Each run
prints its seed; `make test-random RUNS=1 SEED=…` has the same order once more.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: A program that does nothing but use one processor, and ends with its parent.
_HOG = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100_000))"
#: What pytest ends with when all passed.
_ALL_PASSED = 0


def build_parser() -> argparse.ArgumentParser:
    """The command line; the environment's RUNS, HOGS and SEED are the defaults."""
    parser = argparse.ArgumentParser(prog="make test-random", description=__doc__)
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "5")))
    parser.add_argument(
        "--hogs", type=int, default=int(os.environ.get("HOGS", "2")), help="busy programs beside it"
    )
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("SEED", "0")) or None, help="of the first run"
    )
    parser.add_argument("tests", nargs="*", help="folders, files and options of pytest, after --")
    return parser


@contextmanager
def busy(hogs: int) -> Iterator[list[int]]:
    """Keep this many busy programs running; ends these programs, each by its own id, and no other."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        running += [subprocess.Popen([sys.executable, "-c", _HOG]) for _ in range(hogs)]
        yield [hog.pid for hog in running]
    finally:
        for hog in running:
            hog.terminate()
            hog.wait()


def run(seed: int, tests: Sequence[str]) -> int:
    """One run; returns pytest's exit status."""
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        # As in `make test`; the busy programs take a third of the processors' time from them.
        str(2 * (os.cpu_count() or 1)),
        "--dist",
        "worksteal",
        "--hypothesis-profile=explore",
    ]
    # A module's tests stay together: what one module sets up once is not set up for each test.
    order = ["--random-order-bucket=module", f"--random-order-seed={seed}"]
    return subprocess.run([*pytest, *order, *tests], check=False).returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Run all; 1: one of them failed."""
    arguments = build_parser().parse_args(argv)
    first = arguments.seed or random.randrange(1, 1_000_000)  # noqa: S311 - an order, no secret
    failed: list[int] = []
    with busy(arguments.hogs):
        for seed in range(first, first + arguments.runs):
            began = time.monotonic()
            status = run(seed, arguments.tests)
            said = "clean" if status == _ALL_PASSED else f"FAILED ({status})"
            print(f"== seed {seed}: {said} after {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
            failed += [seed] if status != _ALL_PASSED else []
    print(f"== {arguments.runs - len(failed)} of {arguments.runs} runs were clean", *failed)  # noqa: T201
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
