"""`python -m local`: the whole system on this machine, with no account anywhere."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from local.arguments import port
from local.faults import FaultBoard, UnknownFaultError
from local.knowledge import PRODUCTS
from local.options import every_fault, parse_fault
from local.running import STARTING_ERRORS, running
from local.settings import DEFAULT_PORT, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.system import LocalSystem, LogEntry

_INTERRUPTED = 130


def build_parser(known: FaultBoard) -> argparse.ArgumentParser:
    """The command line; its help lists the known faults."""
    faults = "\n".join(
        textwrap.fill(
            f"{kind.name:<33} {kind.sentence}", 100, initial_indent="  ", subsequent_indent=" " * 36
        )
        for kind in known.kinds
    )
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Runs the whole system on this machine: DingTalk's side with a chat page, Function\n"
        "Compute with the real functions, Tablestore and a small knowledge base. Needs no account.",
        epilog=f"faults that can be switched on, here or in the page:\n{faults}\n\n"
        "examples:\n"
        "  python -m local --fault dingtalk.push_twice --fault knowledge.slow=0.5@0.3\n"
        "  python -m local --backend-kind dify --backend-app chatflow --fault knowledge.dify.quota@0.5\n"
        "  ANYTHINGLLM_API_KEY=… python -m local --backend http://127.0.0.1:3001",
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
        default=".local",
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
        default="",
        metavar="KIND",
        help="what kind of app it is; "
        + "; ".join(f"{name}: {', '.join(one.apps)}" for name, one in PRODUCTS.items() if one.apps),
    )
    parser.add_argument(
        "--zips",
        type=Path,
        metavar="DIR",
        help="run the zips that `make package` built, on the Python they are for (default: the sources)",
    )
    parser.add_argument("--no-console", action="store_true", help="serve the API without the page")
    parser.add_argument(
        "--fault",
        dest="faults",
        type=parse_fault,
        action="append",
        default=[],
        metavar="NAME[=VALUE][@PROBABILITY]",
        help="let a part misbehave from the start; may be given several times",
    )
    parser.add_argument("--verbose", action="store_true", help="print what the functions log, on stderr")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C (exit status 130) or SIGTERM (0); 1: it could not start, 2: it was called wrongly."""
    known = every_fault()
    parser = build_parser(known)
    arguments = parser.parse_args(argv)
    try:
        _check_backend(arguments)
    except ValueError as error:
        parser.error(str(error))
    try:
        for fault in arguments.faults:
            fault.switch_on(known)
        return asyncio.run(_serve(arguments))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except STARTING_ERRORS as error:
        print(error, file=sys.stderr)
        return 1
    except UnknownFaultError as error:
        print(error, file=sys.stderr)
        return 2


def _check_backend(arguments: argparse.Namespace) -> None:
    """Raises UnknownAppError; ValueError when a product was chosen for a knowledge base that is not asked."""
    PRODUCTS[arguments.backend_kind].app(arguments.backend_app)
    if arguments.backend_kind != "anythingllm" and (arguments.backend or arguments.bots):
        raise ValueError(
            "--backend-kind is about the demo's own knowledge base, which is not asked with --backend or "
            "--bots. Leave those out, or put a real one of that kind into a bots.yaml of your own."
        )


async def _serve(arguments: argparse.Namespace) -> int:
    ended_by = _end_on_signals()
    settings = _settings(arguments)
    try:
        async with running(
            settings,
            port=arguments.port,
            page=not arguments.no_console,
            faults=arguments.faults,
            on_log=_print_line if arguments.verbose else lambda _: None,
        ) as (system, url):
            print(_greeting(system, settings, url, page=not arguments.no_console), flush=True)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not ended_by:
            raise
    return _INTERRUPTED if signal.SIGINT in ended_by else 0


def _end_on_signals() -> list[signal.Signals]:
    """Cancel the current task at the first SIGINT or SIGTERM, which is then in the list."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def end(which: signal.Signals) -> None:
        received.append(which)
        # A second one is for whoever does not want to wait for the first.
        for handled in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(handled)
        if task is not None:
            task.cancel()

    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, end, which)
    return received


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = Settings(
        data=Path(arguments.data) if arguments.data else None,
        backend=arguments.backend,
        backend_kind=arguments.backend_kind,
        backend_app=arguments.backend_app,
        environ=os.environ,
        zips=arguments.zips,
    )
    return settings if arguments.bots is None else replace(settings, bots=arguments.bots.resolve())


def _greeting(system: LocalSystem, settings: Settings, url: str, *, page: bool) -> str:
    bots = ", ".join(f"{bot.title} ({name})" for name, bot in system.bots.bots.items())
    kept = f"Kept in {settings.data}" if settings.data else "Nothing is kept"
    chosen = url.rpartition(":")[2]
    # The interpreter that has the dependencies, as short as it can be typed.
    python = min(os.path.relpath(sys.executable), sys.executable, key=len)
    ask = f"{python} -m local.ask" + ("" if chosen == str(DEFAULT_PORT) else f" --port {chosen}")
    zips = f"  Runs:     the zips in {settings.zips}\n" if settings.zips else ""
    return (
        f"{'The chat' if page else 'The API'} is at {url}\n"
        f"  Bots:     {bots}\n"
        f"  Answers:  {_source(system, settings)}\n"
        f"{zips}"
        f'  Try:      最新的差旅报销标准是什么？  or in a terminal: {ask} "年假有几天？"\n'
        f"  {kept}. Ctrl-C ends everything."
    )


def _source(system: LocalSystem, settings: Settings) -> str:
    if settings.backend:
        return f"from {settings.backend}"
    if not settings.demo_bots:
        return f"from what {settings.bots} names"
    spoken = f" over {system.knowledge.product}'s API" if settings.backend_kind != "anythingllm" else ""
    if system.knowledge.model == "quote":
        return (
            f"quoted from local/knowledge/handbook{spoken} "
            "(OPENAI_BASE_URL, _API_KEY and _MODEL: written by a model)"
        )
    return f"written by {system.knowledge.model} from local/knowledge/handbook{spoken}"


def _print_line(entry: LogEntry) -> None:
    print(f"{entry.function} {entry.instance} {entry.line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
