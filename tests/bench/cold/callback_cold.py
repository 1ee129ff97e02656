"""The callback's cold start and its cost when warm.

The bare script is a fresh process that reads one signed push from standard input; ours is a fresh server that
gets it over HTTP as soon as it listens. Each sends the asynchronous invocation to a server on loopback and
answers. Variants take turns, so that a busy moment of the machine hits all of them.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from emulators.serving import hold_port
from rag_on_dingtalk.dingtalk.signature import robot_sign
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots
from tests.bench.table import print_table, quantile
from tests.conftest import load_event

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SECRET = "bench-client-secret"
LOOPBACK = "127.0.0.1"
ROUNDS = 25
WARM_ROUNDS = 3_000

BARE = "bare standard-library script"
#: Name → the program, and whether it is a server.
VARIANTS = {
    BARE: (HERE / "bare_script.py", False),
    "our callback": (ROOT / "functions" / "callback" / "app.py", True),
    "our callback with the official FC client": (HERE / "official_client_script.py", True),
}

WARM = """
import io, json, sys, time
import app
push = sys.stdin.buffer.read()
times = []
out, sys.stdout = sys.stdout, open("/dev/null", "w")
server = app.WebServer(app.callback().answer, log=app.log)
for _ in range(int(sys.argv[1])):
    began = time.process_time_ns()
    server.exchange(io.BytesIO(push), len)
    times.append((time.process_time_ns() - began) / 1e6)
print(json.dumps(times), file=out)
"""


def report() -> None:
    with _server() as endpoint, TemporaryDirectory() as folder:
        bots = Path(folder) / "bots.json"
        bots.write_bytes(encode_bots(load_bots(ROOT / "devserver" / "bots.yaml")))
        environ = _environ(endpoint, bots)
        _cold(environ)
        _warm(environ)


def _cold(environ: dict[str, str]) -> None:
    walls: dict[str, list[float]] = {name: [] for name in VARIANTS}
    cpus: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for round_number in range(ROUNDS + 1):
        for name, (program, is_server) in VARIANTS.items():
            wall, cpu = (_served if is_server else _piped)(program, environ)
            if round_number:  # the first round compiles
                walls[name].append(wall)
                cpus[name].append(cpu)
    bare = quantile(walls[BARE], 0.5)
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
    for name, push in (
        ("a message, over one kept connection", _push()),
        ("refused: bad signature", _push(secret="another")),
        ("refused: unknown bot", _push(path="/robot/unknown")),
        ("refused: no HTTP", b"{"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", WARM, str(WARM_ROUNDS)],
            input=push,
            env=environ,
            capture_output=True,
            check=True,
        )
        times = json.loads(done.stdout)[100:]
        rows.append((name, f"{quantile(times, 0.5):.2f}", f"{quantile(times, 0.99):.2f}"))
    print_table(
        f"Callback, warm: CPU per push, {WARM_ROUNDS - 100} each", ("push", "p50, ms", "p99, ms"), rows
    )


def _piped(program: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU time of one process that gets its push by standard input, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(program)], input=_event(), env=environ, capture_output=True, check=True
    )
    wall = time.perf_counter() - began
    answer = json.loads(done.stdout.splitlines()[-1])
    if (answer["statusCode"], answer["body"]) != (200, '{"msgtype":"empty"}'):
        raise RuntimeError(f"{program.name} answered {answer}: {done.stdout!r}")
    return wall * 1000, cpu_since(before)


def _served(program: Path, environ: dict[str, str]) -> tuple[float, float]:
    """The same of a server, until its answer has arrived."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with hold_port() as held:
        port = held.getsockname()[1]
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, str(program)],
            env={**environ, "LISTEN_HOST": LOOPBACK, "FC_CUSTOM_LISTEN_PORT": str(port)},
            stdout=subprocess.DEVNULL,
        ) as server:
            try:
                with connected(server, port) as connection:
                    connection.sendall(_push())
                    answer = connection.recv(65_536)
                wall = time.perf_counter() - began
            finally:
                server.kill()
    if not answer.startswith(b"HTTP/1.1 200 ") or not answer.endswith(b'{"msgtype":"empty"}'):
        raise RuntimeError(f"{program.name} answered {answer!r}")
    return wall * 1000, cpu_since(before)


def connected(server: subprocess.Popen[bytes], port: int) -> socket.socket:
    """A connection to the server, as soon as it listens.

    Raises:
        RuntimeError: it ended before.
    """
    while server.poll() is None:
        try:
            return socket.create_connection((LOOPBACK, port))
        except ConnectionRefusedError:
            time.sleep(0.0005)
    raise RuntimeError(f"The server ended with code {server.returncode} before it listened.")


def cpu_since(before: resource.struct_rusage) -> float:
    """Of the child processes that have ended since, in ms."""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


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


def _signed(secret: str) -> tuple[dict[str, str], str]:
    """Headers and body of a message that is sent now."""
    timestamp = str(time.time_ns() // 1_000_000)
    body = load_event("robot_text_private") | {"createAt": int(timestamp)}
    headers = {"Timestamp": timestamp, "Sign": robot_sign(timestamp, secret)}
    return headers, json.dumps(body, ensure_ascii=False)


def _event() -> bytes:
    """The push as a built-in runtime gets it."""
    headers, body = _signed(SECRET)
    return json.dumps({"headers": headers, "body": body}).encode()


def _push(path: str = "/robot/handbook", secret: str = SECRET) -> bytes:
    """The push as it comes over HTTP."""
    headers, body = _signed(secret)
    raw = body.encode()
    every = {"Host": LOOPBACK, "Content-Type": "application/json", **headers, "Content-Length": str(len(raw))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items()), "", ""]
    return "\r\n".join(lines).encode() + raw


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
    server = ThreadingHTTPServer((LOOPBACK, 0), _Accepts)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
