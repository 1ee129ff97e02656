"""`python -m devserver`: the whole system on this machine, with no account anywhere."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# Before anything that imports httpx or aiohttp.
import rag_on_dingtalk.net.clients  # noqa: F401  # isort: skip
from devserver.command_line.greeting import greeting
from devserver.command_line.options import every_fault
from devserver.command_line.parser import build_parser, check_backend, settings_of
from devserver.command_line.shell_file import exports, kept, of_the_running_system, shell_file
from devserver.ending import INTERRUPTED, end_on_signals, exit_status
from devserver.live import live
from devserver.running import STARTING_ERRORS, running
from emulators.faults import UnknownFaultError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from devserver.system import LogEntry


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C (exit status 130) or SIGTERM (0); 1: it could not start, 2: it was called wrongly."""
    known = every_fault()
    parser = build_parser(known)
    arguments = parser.parse_args(argv)
    try:
        check_backend(arguments)
    except ValueError as error:
        parser.error(str(error))
    try:
        if arguments.env:
            print(of_the_running_system(Path(arguments.data) if arguments.data else None), end="")
            return 0
        for fault in arguments.faults:
            fault.switch_on(known)
        if arguments.dingtalk:
            return asyncio.run(
                live(settings_of(arguments), verbose=_print_line if arguments.verbose else None)
            )
        return asyncio.run(_serve(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except STARTING_ERRORS as error:
        print(error, file=sys.stderr)
        return 1
    except UnknownFaultError as error:
        print(error, file=sys.stderr)
        return 2


async def _serve(arguments: argparse.Namespace) -> int:
    ended_by = end_on_signals()
    settings = settings_of(arguments)
    try:
        async with running(
            settings,
            port=arguments.port,
            page=not arguments.no_console,
            faults=arguments.faults,
            on_log=_print_line if arguments.verbose else lambda _: None,
        ) as (system, url):
            with kept(settings.data, shell_file(exports(system))):
                print(greeting(system, settings, url, page=not arguments.no_console), flush=True)
                await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not ended_by:
            raise
    return exit_status(ended_by)


def _print_line(entry: LogEntry) -> None:
    print(f"{entry.function} {entry.instance} {entry.line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
