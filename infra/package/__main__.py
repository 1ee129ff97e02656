"""`python -m infra.package`: build the zips for one Python of Function Compute."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.package.build import LAYER, LOCK, build
from infra.package.errors import PackagingError
from infra.package.interpreters import find_interpreter
from infra.package.lock import UNNEEDED, pins
from infra.package.publish import publish_layer
from infra.package.target import TARGETS
from infra.package.wheels import collect
from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.package.interpreters import Interpreter
    from infra.package.manifest import Manifest
    from infra.package.target import Target

_CHOICES = " or ".join(TARGETS)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument(
        "--python",
        dest="target",
        type=_target,
        default=os.environ.get("FC_PYTHON") or "3.12",
        metavar="VERSION",
        help=f"Function Compute's Python: {_CHOICES} (default: FC_PYTHON, or 3.12)",
    )
    parser.add_argument("--bots", type=Path, default=Path("bots.yaml"), help="the bots (default: bots.yaml)")
    parser.add_argument(
        "--output", type=Path, default=Path("dist"), help="zips go to its python3.12/ (default: dist)"
    )
    parser.add_argument(
        "--interpreter", type=Path, help="a Python of that version; looked for when not given"
    )
    parser.add_argument(
        "--no-bytecode",
        action="store_true",
        help="do without that Python; every cold start then compiles all modules first and takes a multiple",
    )
    parser.add_argument("--publish", action="store_true", help="publish the layer, too; s.yaml's hook does")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Build; 1: it cannot be done, and why is on stderr."""
    arguments = build_parser().parse_args(argv)
    target: Target = arguments.target
    output: Path = arguments.output / target.runtime
    try:
        # First what people get wrong, then what takes long.
        bots = load_bots(arguments.bots)
        interpreter = None
        if not arguments.no_bytecode:
            interpreter = _interpreter(target.version, arguments.interpreter)
        wanted = [pin for pin in pins(LOCK.read_text(encoding="utf-8"), target) if pin.name not in UNNEEDED]
        wheels = dict(zip(wanted, collect(wanted, target, arguments.output / "wheels"), strict=True))
        manifest = build(target, bots=bots, wheels=wheels, output=output, interpreter=interpreter)
        print(_summary(manifest, output))  # noqa: T201 - a command's output
        if arguments.publish:
            arn = publish_layer(output / f"{LAYER}.zip", target, os.environ)
            print(f"Published as {arn}.")  # noqa: T201 - as above
    except (PackagingError, ConfigurationError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def _target(version: str) -> Target:
    """An argparse type, for what is given and for FC_PYTHON alike."""
    if version not in TARGETS:
        raise argparse.ArgumentTypeError(f"Function Compute's Pythons are {_CHOICES}, not {version}.")
    return TARGETS[version]


def _interpreter(version: str, given: Path | None) -> Interpreter:
    try:
        return find_interpreter(version, given=given)
    except PackagingError as error:
        raise PackagingError(
            f"{error}\nOr name one with --interpreter, or build without compiled files with --no-bytecode."
        ) from error


def _summary(manifest: Manifest, output: Path) -> str:
    compiled = f"compiled by {manifest.compiled_by}" if manifest.compiled_by else "not compiled"
    lines = [f"{output}: for Python {manifest.python}, {compiled}; bots: {', '.join(manifest.bots)}"]
    lines += [
        f"  {name + '.zip':<20} {zip_.bytes / 1e6:6.2f} MB  sha256 {zip_.sha256[:16]}"
        for name, zip_ in manifest.zips.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
