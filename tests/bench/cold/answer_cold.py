"""How long async_answer takes from its process's start until its port takes a connection.

Beside it the least that a custom runtime is, in the same run. Everything is built before the port is opened;
no server is called for that. Variants take turns. No start-up file of a virtual environment is read, as in
Function Compute.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from sysconfig import get_path
from tempfile import TemporaryDirectory

from emulators.serving import hold_port
from rag_on_dingtalk.settings.bots_document import convert_bots, encode_bots
from tests.bench.cold.callback_cold import HERE, LOOPBACK, ROOT, connected, cpu_since
from tests.bench.table import print_table, quantile

ROUNDS = 15
MANY = 1_000
_FLOOR = "uvicorn and nothing else"
_OURS = ROOT / "functions" / "async_answer" / "app.py"


def report() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        variants = {
            _FLOOR: (HERE / "uvicorn_script.py", ""),
            "async_answer, 1 bot": (_OURS, _bots(Path(folder), 1)),
            f"async_answer, {MANY} bots": (_OURS, _bots(Path(folder), MANY)),
        }
        walls: dict[str, list[float]] = {name: [] for name in variants}
        cpus: dict[str, list[float]] = {name: [] for name in variants}
        for number in range(ROUNDS + 1):
            for name, (program, bots) in variants.items():
                wall, cpu = _listening(program, bots)
                if number:  # the first round compiles
                    walls[name].append(wall)
                    cpus[name].append(cpu)
    floor = quantile(walls[_FLOOR], 0.5)
    print_table(
        f"async_answer, cold: process start → listening, {ROUNDS} runs each",
        ("variant", "wall p50, ms", "wall p90, ms", "CPU p50, ms", "× uvicorn"),
        [
            (
                name,
                f"{quantile(walls[name], 0.5):.0f}",
                f"{quantile(walls[name], 0.9):.0f}",
                f"{quantile(cpus[name], 0.5):.0f}",
                f"{quantile(walls[name], 0.5) / floor:.2f}",
            )
            for name in variants
        ],
    )


def _bots(folder: Path, number: int) -> str:
    """The address of a file with that number of bots."""
    backend = {"kind": "openai", "base_url": f"http://{LOOPBACK}:1/v1", "api_key": "env:SECRET", "model": "m"}
    bots = {
        f"bot{one}": {
            "title": "t",
            "dingtalk": {"client_id": f"ding{one}", "client_secret": "env:SECRET"},
            "backend": backend,
        }
        for one in range(number)
    }
    file = folder / f"{number}.json"
    file.write_bytes(encode_bots(convert_bots({"bots": bots})))
    return str(file)


def _listening(program: Path, bots: str) -> tuple[float, float]:
    """Wall and CPU time until the port takes a connection, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with hold_port() as held:
        port = held.getsockname()[1]
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT / "layers" / "common"), get_path("purelib"))),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "bench",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "bench",
            "BOTS_FILE": bots,
            "SECRET": "bench",
            "LISTEN_HOST": LOOPBACK,
            "FC_CUSTOM_LISTEN_PORT": str(port),
            "TABLESTORE_ENDPOINT": f"http://{LOOPBACK}:{port}",
            "TABLESTORE_INSTANCE": "bench",
        }
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-S", str(program)], env=environ, stdout=subprocess.DEVNULL
        ) as server:
            try:
                connected(server, port).close()
                wall = time.perf_counter() - began
            finally:
                server.kill()
    return wall * 1000, cpu_since(before)


if __name__ == "__main__":
    report()
