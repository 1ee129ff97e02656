"""The command line of `python -m devserver`, and the settings it stands for."""

from __future__ import annotations

import argparse
import os
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from devserver.command_line.arguments import port
from devserver.command_line.options import parse_fault
from devserver.settings import DEFAULT_PORT, Settings
from emulators.kms.secrets_file import read_secrets
from emulators.rag_server import PRODUCTS, every_version

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

DEFAULT_DATA = ".local"


def build_parser(known: FaultBoard) -> argparse.ArgumentParser:
    """The command line; its help lists the known faults."""
    faults = "\n".join(
        textwrap.fill(
            f"{kind.name:<33} {kind.sentence}", 100, initial_indent="  ", subsequent_indent=" " * 36
        )
        for kind in known.kinds
    )
    parser = argparse.ArgumentParser(
        prog="python -m devserver",
        description="Runs the whole system on this machine: DingTalk's side with a chat page, Function\n"
        "Compute with the real functions, Tablestore and a small knowledge base. Needs no account.",
        epilog=f"faults that can be switched on, here or in the page:\n{faults}\n\n"
        "examples:\n"
        "  python -m devserver --fault dingtalk.push_twice --fault knowledge.slow=0.5@0.3\n"
        "  python -m devserver --backend-kind dify --backend-app chatflow --fault knowledge.dify.quota@0.5\n"
        "  python -m devserver --backend-kind http --preset n8n\n"
        "  python -m devserver --backend-kind anythingllm --backend-version 1.8\n"
        "  ANYTHINGLLM_API_KEY=… python -m devserver --backend http://127.0.0.1:3001",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        help=f"loopback port of the page, 0 for any free one (default: {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--data",
        default=DEFAULT_DATA,
        metavar="DIR",
        help="folder that keeps sessions and turns over a restart; '' keeps nothing (default: .local)",
    )
    parser.add_argument(
        "--bots", type=Path, metavar="FILE", help="your own bots.yaml (default: two for the demo)"
    )
    parser.add_argument(
        "--backend",
        default="",
        metavar="URL",
        help="a real AnythingLLM for the bots of that kind; its key is read from ANYTHINGLLM_API_KEY",
    )
    parser.add_argument(
        "--backend-kind",
        choices=PRODUCTS,
        default="anythingllm",
        help="the product whose API the demo's knowledge base speaks (default: anythingllm)",
    )
    parser.add_argument(
        "--backend-app",
        "--preset",
        default="",
        metavar="KIND",
        dest="backend_app",
        help="what kind of app it is, or of http which product; "
        + "; ".join(f"{name}: {', '.join(one.apps)}" for name, one in PRODUCTS.items() if one.apps),
    )
    parser.add_argument(
        "--backend-version",
        default="",
        metavar="VERSION",
        help=f"which version of it (default: the last of each); {every_version()}",
    )
    parser.add_argument(
        "--kms",
        nargs="?",
        const="",
        metavar="FILE",
        help="let the functions ask a local KMS for their secrets: the demo's own, or those that your "
        "bots.yaml names kms:… and FILE holds, a JSON object (name → secret)",
    )
    parser.add_argument(
        "--zips",
        type=Path,
        metavar="DIR",
        help="run the zips that `make package` built, on the Python they are for (default: the sources)",
    )
    parser.add_argument(
        "--dingtalk",
        action="store_true",
        help="your own bot in the real DingTalk, by Stream, and no page; needs DINGTALK_CLIENT_ID and "
        "DINGTALK_CLIENT_SECRET (a template from infra/dingtalk: DINGTALK_CARD_TEMPLATE)",
    )
    parser.add_argument("--no-console", action="store_true", help="serve the API without the page")
    parser.add_argument(
        "--fault",
        dest="faults",
        type=parse_fault,
        action="append",
        default=[],
        metavar="NAME[=VALUE][@PROBABILITY|@once]",
        help="let a part misbehave from the start; may be given several times",
    )
    parser.add_argument(
        "--env",
        action="store_true",
        help="start nothing; print what a shell needs to use `check`, `tables` and `doctor` on the system "
        'that runs with the same --data: eval "$(python -m devserver --env)"',
    )
    parser.add_argument("--verbose", action="store_true", help="print what the functions log, on stderr")
    return parser


def check_backend(arguments: argparse.Namespace) -> None:
    """Check the choice of the knowledge base.

    Raises:
        ValueError: no such app or version, or one was chosen for a knowledge base that is not asked.
    """
    product = PRODUCTS[arguments.backend_kind]
    product.version(product.app(arguments.backend_app), arguments.backend_version)
    chosen = arguments.backend_kind != "anythingllm" or arguments.backend_version
    if chosen and (arguments.backend or arguments.bots):
        raise ValueError(
            "--backend-kind and --backend-version are about the demo's own knowledge base, which is not asked"
            " with --backend or --bots. Leave those out, or put a real one of that kind into a bots.yaml of "
            "your own."
        )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """What the system is told when it starts."""
    settings = Settings(
        data=Path(arguments.data) if arguments.data else None,
        backend=arguments.backend,
        backend_kind=arguments.backend_kind,
        backend_app=arguments.backend_app,
        backend_version=arguments.backend_version,
        environ=os.environ,
        kms_secrets=read_secrets(Path(arguments.kms)) if arguments.kms else {},
        secrets_in_kms=arguments.kms == "",
        zips=arguments.zips,
    )
    return settings if arguments.bots is None else replace(settings, bots=arguments.bots.resolve())
