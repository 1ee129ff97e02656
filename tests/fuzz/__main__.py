"""New inputs for a number of seconds, led by what they reach (atheris) or at random (without it).

An input that breaks a promise is kept in `.local/fuzz`; `--again FILE` repeats it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:
    atheris = None

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = Path(".local/fuzz")
TARGETS = ("handler", "inbound", "envelope")
_LONGEST_INPUT = 65_536


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--target", choices=TARGETS, default="handler")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path, metavar="FILE", help="this one input, and nothing else")
    given = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    if given.again is not None:
        _target(given.target)(given.again.read_bytes())
        _say("Every promise held.")
    elif atheris is None:
        _say("atheris is not installed (`make fuzz` does it): inputs are random, nothing leads them.")
        _at_random(given.target, given.seconds, given.seed)
    else:
        _guided(given.target, given.seconds, given.seed)


def _target(name: str) -> Callable[[bytes], None]:
    # Imported late: atheris watches what is imported under its eyes.
    from tests.fuzz.targets import make

    return make(name)


def _at_random(name: str, seconds: int, seed: int) -> None:
    from tests.fuzz.inputs import stream

    target, inputs, until = _target(name), 0, time.monotonic() + seconds
    for inputs, data in enumerate(stream(name, seed), start=1):  # noqa: B007 - counted
        try:
            target(data)
        except BaseException:
            (KEPT / f"crash-{name}").write_bytes(data)
            raise
        if time.monotonic() > until:
            break
    _say(f"{inputs} inputs, every promise held. {target}")


def _guided(name: str, seconds: int, seed: int) -> None:
    with atheris.instrument_imports(include=["rag_on_dingtalk"]):
        target = _target(name)
    from tests.fuzz import inputs

    corpus = KEPT / name
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(inputs.seeds(name)):
        (corpus / f"seed-{number}").write_bytes(data)
    until = time.monotonic() + seconds
    ran = 0

    def one(data: bytes) -> None:
        nonlocal ran, until
        target(data)
        ran += 1
        # libFuzzer ends the process without giving Python another word.
        if time.monotonic() > until:
            until = float("inf")
            _say(f"{ran} inputs, every promise held. {target}")

    def mutate(data: bytes, max_size: int, number: int) -> bytes:
        changed = inputs.change(name, data, number) if number % 2 else atheris.Mutate(data, max_size)
        return bytes(changed[:max_size])

    arguments = [
        f"-max_total_time={seconds + 1}",
        f"-seed={seed}",
        f"-max_len={_LONGEST_INPUT}",
        f"-artifact_prefix={KEPT}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - a command line talks


if __name__ == "__main__":
    main()
