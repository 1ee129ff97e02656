"""`python -m devserver.ask`: one question through the whole path, its answer in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from devserver.ask.client import ConsoleClient, Json, RefusedError
from devserver.ask.transcript import JsonTranscript, TextTranscript, Transcript
from devserver.command_line.arguments import port
from devserver.ending import INTERRUPTED
from devserver.settings import DEFAULT_PORT, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_LOOK_AGAIN_SECONDS = 0.1


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m devserver.ask",
        description="Asks one question: DingTalk's side posts it to the callback, it is queued, answered\n"
        "and streamed into a card. Uses the local system that runs on --port, or starts one for it.",
        epilog="exit status: 0 answered, 1 the answer failed or nothing came, 2 called wrongly\n\n"
        "--json prints one object a line: asked, then frame (the card's whole text each time) and reply\n"
        "as they come, and last end, with status, failure, answer, citations, calls and seconds.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", help="for example 最新的差旅报销标准是什么？")
    parser.add_argument(
        "--bot", default="", metavar="NAME", help="its name in bots.yaml (default: the first)"
    )
    parser.add_argument("--as", dest="person", default="", metavar="PERSON", help="小明 (default) or 小红")
    parser.add_argument(
        "--group", default="", metavar="TITLE", help="ask in this group (default: in the private chat)"
    )
    parser.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        help=f"of the running local system (default: {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--timeout", type=float, default=120.0, metavar="SECONDS", help="how long to wait (default: 120)"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines instead of text")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Ask; returns the exit status."""
    arguments = build_parser().parse_args(argv)
    transcript = JsonTranscript(sys.stdout) if arguments.json else TextTranscript(sys.stdout, sys.stderr)
    try:
        return asyncio.run(_main(arguments, transcript))
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 2
    except httpx.HTTPError as error:
        print(f"The local system went away while it was asked: {error!r}.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of the output has left; Python must not complain again while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


async def _main(arguments: argparse.Namespace, transcript: Transcript) -> int:
    async with _at(f"http://127.0.0.1:{arguments.port}") as client:
        state = await client.state()
        if state is not None:
            return await _ask(client, state, arguments, transcript)
    return await _ask_one_started_for_it(arguments, transcript)


async def _ask_one_started_for_it(arguments: argparse.Namespace, transcript: Transcript) -> int:
    # All the emulators: only needed when none of them runs yet.
    from devserver.running import STARTING_ERRORS, running

    print(
        f"No local system answers on port {arguments.port}; starting one for this question.", file=sys.stderr
    )
    try:
        async with running(Settings(environ=os.environ), page=False) as (_, url), _at(url) as client:
            return await _ask(client, await client.state() or {}, arguments, transcript)
    except STARTING_ERRORS as error:
        print(error, file=sys.stderr)
        return 1


@asynccontextmanager
async def _at(url: str) -> AsyncIterator[ConsoleClient]:
    # A proxy in the environment must not see traffic that stays on this machine.
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield ConsoleClient(http)


async def _ask(
    client: ConsoleClient, state: Json, arguments: argparse.Namespace, transcript: Transcript
) -> int:
    began = time.monotonic()
    said = await client.say(
        text=arguments.question,
        bot=arguments.bot or state["bots"][0]["name"],
        person=arguments.person or state["people"][0]["name"],
        group=arguments.group,
    )
    transcript.asked(said)
    frames = replies = 0
    while True:
        # Before the look, so that what ended it is still told.
        late = time.monotonic() - began > arguments.timeout
        report = await client.turn(said["turn_id"], frames_from=frames)
        for frame in report["frames"]:
            transcript.frame(frame)
        for reply in report["replies"][replies:]:
            transcript.reply(reply)
        frames, replies = frames + len(report["frames"]), len(report["replies"])
        if late or report["status"] != "waiting":
            transcript.end(report, time.monotonic() - began)
            return 0 if report["status"] == "done" else 1
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
