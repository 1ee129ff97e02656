"""`python -m emulators.rag_server`: the knowledge server alone, to be tried with curl."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from emulators.faults import FaultBoard, UnknownFaultError
from emulators.rag_server.answering.generating import MissingModelError
from emulators.rag_server.answering.history import HistoryFileError
from emulators.rag_server.products import PRODUCTS, UnknownAppError, declare_every_fault, every_version
from emulators.rag_server.retrieval.documents import EmptyHandbookError
from emulators.rag_server.server import HANDBOOK, KnowledgeServer
from emulators.rag_server.versions import UnknownVersionError
from emulators.serving import PortTakenError

#: In the shape of the product's keys.
DEMO_KEY = "HANDBOK-LOCALKB-DEMOKEY-0000001"

_CANNOT_START = (
    EmptyHandbookError,
    HistoryFileError,
    MissingModelError,
    PortTakenError,
    UnknownAppError,
    UnknownFaultError,
    UnknownVersionError,
)


def build_parser() -> argparse.ArgumentParser:
    """The command line, with every fault in its help."""
    board = FaultBoard()
    declare_every_fault(board)
    faults = "\n".join(f"  {kind.name:<33} {kind.sentence}" for kind in board.kinds)
    parser = argparse.ArgumentParser(
        prog="python -m emulators.rag_server",
        description="Answers questions about the handbook of 星河科技 over the API of a RAG product.",
        epilog=(
            f"faults:\n{faults}\n\n"
            "With OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL in the environment a model writes the\n"
            "answers; otherwise the handbook is quoted.\n\n"
            "try:\n"
            f"  curl -N http://127.0.0.1:3001/api/v1/workspace/handbook/stream-chat \\\n"
            f"    -H 'Authorization: Bearer {DEMO_KEY}' -H 'Content-Type: application/json' \\\n"
            '    -d \'{"message": "最新的差旅报销标准是什么？", "mode": "query", "sessionId": "me"}\''
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--kind", choices=PRODUCTS, default="anythingllm", help="the product (default: anythingllm)"
    )
    parser.add_argument(
        "--app",
        "--preset",
        default="",
        dest="app",
        help="the kind of app, where there are several; "
        + "; ".join(f"{name}: {', '.join(one.apps)}" for name, one in PRODUCTS.items() if one.apps),
    )
    parser.add_argument(
        "--backend-version",
        default="",
        metavar="VERSION",
        help=f"which version of the product it is (default: the last of each); {every_version()}",
    )
    parser.add_argument("--port", type=int, default=3001, help="loopback port (default: 3001)")
    parser.add_argument("--api-key", default=DEMO_KEY, help=f"the key it accepts (default: {DEMO_KEY})")
    parser.add_argument(
        "--piece-delay", type=float, default=0.02, help="seconds between pieces of an answer (default: 0.02)"
    )
    parser.add_argument(
        "--history", type=Path, help="SQLite file for the sessions (default: forget them at the end)"
    )
    parser.add_argument(
        "--handbook", type=Path, default=HANDBOOK, help="folder with *.md documents (default: the demo's own)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="switch a fault on; may be given several times",
    )
    return parser


async def serve(arguments: argparse.Namespace) -> None:
    """Run until cancelled."""
    faults = FaultBoard()
    server = KnowledgeServer(
        api_key=arguments.api_key,
        faults=faults,
        kind=arguments.kind,
        app=arguments.app,
        version=arguments.backend_version,
        piece_delay=arguments.piece_delay,
        history=arguments.history,
        environment=os.environ,
        handbook=arguments.handbook,
    )
    try:
        for fault in arguments.fault:
            name, _, value = fault.partition("=")
            faults.switch_on(name, value=value)
        await server.start(arguments.port)
        print(
            f"{server.product} on {server.base_url} (answers: {server.model}). Ctrl-C stops it.", flush=True
        )
        await asyncio.Event().wait()
    finally:
        await server.stop()


def main() -> int:
    """Exit code 0, or 2 with one sentence when it cannot start."""
    arguments = build_parser().parse_args()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(arguments))
    except _CANNOT_START as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
