"""`cost`: what a month costs, or what was spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk.cost import Choices, Load, estimate, load_prices, report
from rag_on_dingtalk.cost.function_compute import ANSWER, Size

if TYPE_CHECKING:
    import argparse

    from rag_on_dingtalk.cli.needed import Commands


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser(
        "cost",
        help="say what a month costs, and which DingTalk plan it needs",
        description="What a month costs on Function Compute, Tablestore and Log Service, what other ways to "
        "run it would cost, and which DingTalk plan it needs. docs/cost.md explains the model.",
    )
    option = parser.add_argument
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument("--questions", type=int, metavar="N", help="a month")
    about.add_argument(
        "--actual", action="store_true", help="what was really asked this month, from Tablestore"
    )
    option("--days", type=int, metavar="N", help="with --actual: the last N days instead")
    option("--bots", type=Path, metavar="FILE", help="with --actual (default: BOTS_FILE, else bots.yaml)")
    option("--seconds", type=float, default=12.0, metavar="S", help="of one answer (default: %(default)g)")
    option(
        "--hours",
        type=float,
        default=176.0,
        metavar="H",
        help="of a month in which people ask (default: %(default)g, 22 days of 8)",
    )
    option(
        "--peak",
        type=float,
        default=3.0,
        metavar="X",
        help="how many times busier than the average the busiest hour is (default: %(default)g)",
    )
    option(
        "--first-piece",
        type=float,
        default=3.0,
        metavar="S",
        help="until the backend's first words (default: %(default)g)",
    )
    option(
        "--concurrency",
        type=int,
        default=60,
        metavar="N",
        help="answers that may share an instance, 1 to 200 (default: %(default)d)",
    )
    option(
        "--vcpu", type=float, default=ANSWER.vcpu, metavar="N", help="of async_answer (default: %(default)g)"
    )
    option(
        "--memory",
        type=int,
        default=ANSWER.memory,
        metavar="MB",
        help="of async_answer (default: %(default)d)",
    )
    option("--server-price", type=float, metavar="CNY", help="a month of a server to compare with")
    option("--prices", type=Path, metavar="FILE", help="prices of your own, in the shape of cost/prices.json")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    choices = Choices(
        concurrency=arguments.concurrency,
        size=Size(vcpu=arguments.vcpu, memory=arguments.memory),
        first_piece=arguments.first_piece,
        server=arguments.server_price,
    )
    prices = load_prices(arguments.prices)
    if arguments.actual:
        from rag_on_dingtalk.cli.operating.cost_actual import print_actual  # an estimate reads no bots

        print_actual(arguments.bots, arguments.days, choices, prices)
        return
    load = Load(
        questions=arguments.questions,
        seconds=arguments.seconds,
        hours=arguments.hours,
        peak=arguments.peak,
    )
    print(report(estimate(load, choices, prices)))  # noqa: T201 - a command's output
