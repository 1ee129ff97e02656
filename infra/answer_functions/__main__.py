"""`python -m infra.answer_functions`: the functions that bots.yaml decides about, for Serverless Devs.

Reads bots.yaml and writes infra/s.bots.yaml, which extends infra/s.yaml by a function for each bot that has
an `answer_function`, and by the console where bots.yaml has one. Terraform reads the same settings by itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.answer_functions.own import OUTPUT, extension
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; 1: bots.yaml cannot be used, and why is on stderr."""
    parser = argparse.ArgumentParser(prog="python -m infra.answer_functions", description=__doc__)
    parser.add_argument("bots", type=Path, nargs="?", default=Path("bots.yaml"), help="default: bots.yaml")
    parser.add_argument("--vpc", action="store_true", help="functions in a VPC: extends infra/s.vpc.yaml")
    arguments = parser.parse_args(argv)
    try:
        bots = load_bots(arguments.bots)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    names = [name for name, bot in bots.bots.items() if bot.answer_function is not None]
    names += ["the console"] if bots.console is not None else []
    if not names:
        OUTPUT.unlink(missing_ok=True)
        _say(
            "No bot has an answer_function, and there is no console: infra/s.yaml is all there is to deploy."
        )
        return 0
    OUTPUT.write_text(extension(bots, inside=arguments.vpc), encoding="utf-8")
    _say(f"Wrote infra/{OUTPUT.name} for {', '.join(names)}. Deploy with `s deploy -t infra/{OUTPUT.name}`.")
    return 0


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201 - a command's output


if __name__ == "__main__":
    sys.exit(main())
