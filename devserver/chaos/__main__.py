"""`python -m devserver.chaos`: exit status 0 when the books balance, 1 on a breach, 2 when called wrongly."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
import time
from typing import TYPE_CHECKING

from devserver.chaos.plan import Act, draw_plan
from devserver.chaos.report import report
from devserver.chaos.running import carry_out
from devserver.chaos.weather import HAZARDS, HOUSEKEEPING, OUTAGES, chosen, chosen_outages
from devserver.command_line.arguments import number_above_zero
from devserver.ending import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def build_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line; the environment gives the defaults."""
    parser = argparse.ArgumentParser(
        prog="python -m devserver.chaos",
        description="Asks many questions of the local system while faults strike at random, then balances\n"
        "the books: exactly one answer for every question, no card and no turn left open.",
        epilog="One seed decides who asks what and when and which faults may strike how often. The\n"
        "machine's timing is not part of it: the same seed repeats the decisions, not every interleaving.\n\n"
        "faults:\n" + "\n".join(f"  {one.name}" for one in (*HAZARDS, *OUTAGES)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--questions",
        type=number_above_zero,
        default=environ.get("CHAOS_N", "300"),
        help="CHAOS_N (default: 300)",
    )
    parser.add_argument(
        "--seed",
        type=number_above_zero,
        default=environ.get("CHAOS_SEED") or str(secrets.randbelow(10**6) + 1),
        help="CHAOS_SEED (default: a random one, printed)",
    )
    parser.add_argument(
        "--conversations",
        type=number_above_zero,
        default=12,
        metavar="N",
        help="private chats and groups (default: 12)",
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="FAULT", help="this fault, always on; several allowed"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="FAULT",
        help=f"all but this fault, or without {HOUSEKEEPING}; several allowed",
    )
    parser.add_argument("--order", action="store_true", help="answers out of order are breaches too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    arguments = build_parser(os.environ).parse_args(argv)
    try:
        hazards = chosen(arguments.only, arguments.without)
        outages = chosen_outages(arguments.only, arguments.without)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    plan = draw_plan(
        arguments.seed,
        questions=arguments.questions,
        conversations=arguments.conversations,
        hazards=hazards,
        outages=outages,
        always=bool(arguments.only),
        housekeeping=HOUSEKEEPING not in arguments.without,
    )
    print(f"seed {plan.seed}", flush=True)
    began = time.monotonic()
    try:
        run = asyncio.run(carry_out(plan, on_act=_show))
    except KeyboardInterrupt:
        return INTERRUPTED
    print(report(run, again=_again(arguments), seconds=time.monotonic() - began, order=arguments.order))
    return 0 if run.books.hold(order=arguments.order) else 1


def _show(act: Act) -> None:
    first, last = act.utterances[0].number, act.utterances[-1].number
    names = ", ".join(spell.name for spell in act.spells) or "no fault"
    if act.outage is not None:
        names += f"; {act.outage.name} for {act.outage.seconds:.0f} s"
    if act.housekeeping:
        names += "; a round of housekeeping"
    print(f"questions {first}-{last}: {names}", file=sys.stderr, flush=True)


def _again(arguments: argparse.Namespace) -> str:
    words = [f"--seed {arguments.seed}", f"--questions {arguments.questions}"]
    words.append(f"--conversations {arguments.conversations}")
    words += [f"--only {name}" for name in arguments.only]
    words += [f"--without {name}" for name in arguments.without]
    words += ["--order"] if arguments.order else []
    return f"python -m devserver.chaos {' '.join(words)}"


if __name__ == "__main__":
    sys.exit(main())
