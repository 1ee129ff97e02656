"""The callback's cold start and its cost when warm.

Each variant runs as a fresh process that reads one signed push from standard input, sends the asynchronous
invocation to a server on loopback and prints its answer. Variants take turns, so that a busy moment of the
machine hits all of them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots
from rag_on_dingtalk.dingtalk.signature import robot_sign
from tests.bench.table import print_table, quantile
from tests.conftest import load_event

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECRET = "bench-client-secret"
ROUNDS = 25
WARM_ROUNDS = 3_000

VARIANTS = {
    "bare standard-library script": "bare_script.py",
    "our callback": "our_script.py",
    "our callback with the official FC client": "official_client_script.py",
}

WARM = """
import index, json, sys, time
event = sys.stdin.buffer.read()
times = []
out, sys.stdout = sys.stdout, open("/dev/null", "w")
for _ in range(int(sys.argv[1])):
    began = time.process_time_ns()
    index.handler(event, None)
    times.append((time.process_time_ns() - began) / 1e6)
print(json.dumps(times), file=out)
"""


def report() -> None:
    with _server() as endpoint, TemporaryDirectory() as folder:
        bots = Path(folder) / "bots.json"
        bots.write_bytes(encode_bots(load_bots(ROOT / "local" / "bots.yaml")))
        environ = _environ(endpoint, bots)
        _cold(environ)
        _warm(environ)


def _cold(environ: dict[str, str]) -> None:
    walls: dict[str, list[float]] = {name: [] for name in VARIANTS}
    cpus: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for round_number in range(ROUNDS + 1):
        for name, script in VARIANTS.items():
            wall, cpu = _run([sys.executable, str(HERE / script)], environ)
            if round_number:  # the first round compiles
                walls[name].append(wall)
                cpus[name].append(cpu)
    bare = quantile(walls["bare standard-library script"], 0.5)
    rows = [
        (
            name,
            f"{quantile(walls[name], 0.5):.0f}",
            f"{quantile(walls[name], 0.9):.0f}",
            f"{quantile(cpus[name], 0.5):.0f}",
            f"{quantile(walls[name], 0.5) / bare:.2f}",
        )
        for name in VARIANTS
    ]
    print_table(
        f"Callback, cold: process start → answer, {ROUNDS} runs each",
        ("variant", "wall p50, ms", "wall p90, ms", "CPU p50, ms", "× bare"),
        rows,
    )


def _warm(environ: dict[str, str]) -> None:
    rows = []
    for name, event in (
        ("a message, over one kept connection", _event()),
        ("refused: bad signature", _event(secret="another")),
        ("refused: unknown bot", _event(path="/robot/nobody")),
        ("refused: not an event", b"{"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", WARM, str(WARM_ROUNDS)],
            input=event,
            env=environ,
            capture_output=True,
            check=True,
        )
        times = json.loads(done.stdout)[100:]
        rows.append((name, f"{quantile(times, 0.5):.2f}", f"{quantile(times, 0.99):.2f}"))
    print_table(
        f"Callback, warm: CPU per push, {WARM_ROUNDS - 100} each", ("push", "p50, ms", "p99, ms"), rows
    )


def _run(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU time of one process, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, input=_event(), env=environ, capture_output=True, check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = json.loads(done.stdout.splitlines()[-1])
    if (answer["statusCode"], answer["body"]) != (200, '{"msgtype":"empty"}'):
        raise RuntimeError(f"{command[-1]} answered {answer}: {done.stdout!r}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


def _environ(endpoint: str, bots: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(
            [str(ROOT / "functions" / "callback"), str(ROOT / "layers" / "common")]
        ),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "bench",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "bench",
        "ANSWER_FUNCTION": "answer",
        "BOTS_FILE": str(bots),
        "DINGTALK_CLIENT_SECRET": SECRET,
        "INVOKE_ENDPOINT": endpoint,
    }


def _event(path: str = "/robot/handbook", secret: str = SECRET) -> bytes:
    timestamp = str(time.time_ns() // 1_000_000)
    body = load_event("robot_text_private") | {"createAt": int(timestamp)}
    return json.dumps(
        {
            "version": "v1",
            "rawPath": path,
            "headers": {"Timestamp": timestamp, "Sign": robot_sign(timestamp, secret)},
            "body": json.dumps(body, ensure_ascii=False),
            "isBase64Encoded": False,
            "requestContext": {"http": {"method": "POST", "path": path}},
        }
    ).encode()


class _Accepts(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        # In one write: with two, delayed acknowledgement costs 40 ms.
        self.wfile.write(b"HTTP/1.1 202 Accepted\r\nx-fc-request-id: r-1\r\ncontent-length: 0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Accepts)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
