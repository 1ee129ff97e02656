"""How long the functions of the zips take to import in a fresh process, with and without compiled files.

Nothing but the unpacked layer is on the path, as in Function Compute. Fetching and unpacking the zips, which
the platform does before, is not measured; the files are in the page cache. Variants take turns.
"""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from devserver.settings import ROOT
from devserver.wiring.packages import from_zips
from infra.package.build import LOCK, build
from infra.package.errors import PackagingError
from infra.package.wheels.fetching import collect
from infra.package.wheels.interpreters import Interpreter, find_interpreter
from infra.package.wheels.lock import UNNEEDED, pins
from infra.package.wheels.target import TARGETS, Target
from rag_on_dingtalk.settings.bots_file import load_bots
from tests.bench.table import print_table, quantile

ROUNDS = 15
MODULES = {"callback": "app", "async_answer": "app"}

#: What a variant starts: command, folder and environment.
Start = tuple[list[str], Path, dict[str, str]]


def report() -> None:
    for target in TARGETS.values():
        try:
            interpreter = find_interpreter(target.version)
            with TemporaryDirectory() as folder:
                _report(interpreter, _starts(target, interpreter, Path(folder)))
        except PackagingError as error:
            print(f"\nPython {target.version} not measured. {error}")


def _starts(target: Target, interpreter: Interpreter, folder: Path) -> dict[str, Start]:
    wanted = [pin for pin in pins(LOCK.read_text(encoding="utf-8"), target) if pin.name not in UNNEEDED]
    wheels = dict(zip(wanted, collect(wanted, target, ROOT / "dist" / "wheels"), strict=True))
    bots = load_bots(ROOT / "devserver" / "bots.yaml")
    starts: dict[str, Start] = {
        "the interpreter alone": ([str(interpreter.path), "-s", "-S", "-c", "pass"], folder, {})
    }
    for how, compiler in (("compiled", interpreter), ("sources only", None)):
        zips = folder / how
        build(target, bots=bots, wheels=wheels, output=zips, interpreter=compiler)
        programs = from_zips(zips, zips / "unpacked")
        environ = {"PYTHONPATH": programs.python_path[0], "PYTHONDONTWRITEBYTECODE": "1"}
        for function, module in MODULES.items():
            command = [*programs.python, "-c", f"import {module}"]
            starts[f"{function}, {how}"] = (command, programs.folder(f"{function}.zip"), environ)
    return starts


def _report(interpreter: Interpreter, starts: dict[str, Start]) -> None:
    walls: dict[str, list[float]] = {name: [] for name in starts}
    cpus: dict[str, list[float]] = {name: [] for name in starts}
    for round_number in range(ROUNDS + 1):
        for name, start in starts.items():
            wall, cpu = _run(start)
            if round_number:  # the first one fills the page cache
                walls[name].append(wall)
                cpus[name].append(cpu)
    print_table(
        f"Cold import from the zips, Python {interpreter.version}, {ROUNDS} processes each",
        ("what", "wall p50, ms", "wall p90, ms", "CPU p50, ms"),
        [
            (
                name,
                f"{quantile(walls[name], 0.5):.0f}",
                f"{quantile(walls[name], 0.9):.0f}",
                f"{quantile(cpus[name], 0.5):.0f}",
            )
            for name in starts
        ],
    )


def _run(start: Start) -> tuple[float, float]:
    """Wall and CPU time of one process, in ms."""
    command, folder, environ = start
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


if __name__ == "__main__":
    report()
