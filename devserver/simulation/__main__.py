"""`python -m devserver.simulation`: exit status 0: the books balance, 1: a breach, 2: called wrongly."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from typing import TYPE_CHECKING

# Before anything that imports httpx or aiohttp.
import rag_on_dingtalk.net.clients  # noqa: F401  # isort: skip
from devserver.command_line.arguments import whole_number
from devserver.ending import INTERRUPTED
from devserver.simulation.batch import prepare, run_many
from devserver.simulation.books.report import seeds_to_tell, story, table
from devserver.simulation.plan.draw import draw_plan
from devserver.simulation.plan.recipes import RECIPES
from devserver.simulation.schedule import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def build_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line; the environment gives the defaults."""
    parser = argparse.ArgumentParser(
        prog="python -m devserver.simulation",
        description="Runs small schedules of the real answering code under a deterministic scheduler, with\n"
        "faults at chosen moments, then balances the books: exactly one answer for every question.",
        epilog="The same seed gives the same trace: a schedule that breached is told again, event by event,\n"
        "by its seed and --schedules 1.\n\nrecipes:\n" + "\n".join(f"  {one.name}" for one in RECIPES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--schedules", type=whole_number, default=environ.get("SIM_N", "2000"), help="SIM_N (default: 2000)"
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=environ.get("SIM_SEED") or str(secrets.randbelow(10**8) + 1),
        help="SIM_SEED, of the first schedule (default: a random one, printed)",
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="RECIPE", help="this kind of trouble; several allowed"
    )
    parser.add_argument(
        "--jobs", type=whole_number, default="0", help="processes (default: one for each core)"
    )
    parser.add_argument("--until-breach", action="store_true", help="stop at the first breach")
    parser.add_argument("--trace", action="store_true", help="show every event, also without a breach")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    arguments = build_parser(os.environ).parse_args(argv)
    unknown = set(arguments.only) - {one.name for one in RECIPES}
    if unknown:
        print(f"No recipe is named {', '.join(sorted(unknown))}; --help lists them.", file=sys.stderr)
        return 2
    print(f"seed {arguments.seed}", flush=True)
    prepare()
    try:
        summary = run_many(
            arguments.seed,
            arguments.schedules,
            recipes=arguments.only,
            jobs=arguments.jobs,
            until_breach=arguments.until_breach,
        )
    except KeyboardInterrupt:
        return INTERRUPTED
    told = [arguments.seed] if arguments.trace else seeds_to_tell(summary.failing)
    for seed in told:
        print("\n".join(story(run(draw_plan(seed, arguments.only)), everything=arguments.trace)))
        only = "".join(f" --only {name}" for name in arguments.only)
        print(f"again: python -m devserver.simulation --seed {seed} --schedules 1{only}\n")
    print("\n".join(table(summary)))
    return 1 if summary.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
