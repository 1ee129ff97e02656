"""`python -m infra.package`: build the zips for one Python of Function Compute."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from infra.package.build import LAYER, LOCK, ROOT, build
from infra.package.errors import PackagingError
from infra.package.plugins import plugin_files, plugin_pins
from infra.package.publish import forget_version, keep_version, publish_layer
from infra.package.secrets import check_secrets
from infra.package.wheels.fetching import collect
from infra.package.wheels.interpreters import find_interpreter
from infra.package.wheels.lock import UNNEEDED, pins
from infra.package.wheels.own import own_wheels
from infra.package.wheels.target import TARGETS
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.files import SKILLS_FILE, compile_skills
from rag_on_dingtalk.plugins.named import check_plugins
from rag_on_dingtalk.safety.words.word_lists import WORDS_FILE, compile_words
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.package.manifest import Manifest
    from infra.package.wheels.interpreters import Interpreter
    from infra.package.wheels.target import Target

_CHOICES = " or ".join(TARGETS)
_S_YAML = ROOT / "infra" / "s.yaml"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument(
        "--python",
        dest="target",
        type=_target,
        default=os.environ.get("DEPLOY_PYTHON") or "3.12",
        metavar="VERSION",
        help=f"Function Compute's Python: {_CHOICES} (default: DEPLOY_PYTHON, or 3.12)",
    )
    parser.add_argument("--bots", type=Path, default=Path("bots.yaml"), help="the bots (default: bots.yaml)")
    parser.add_argument(
        "--plugins",
        type=Path,
        default=Path("plugins"),
        help="the folder of your own plug-ins, if there is one (default: plugins)",
    )
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
    parser.add_argument(
        "--access", default="default", help="with --publish: the key of `s config` to use (default: default)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Build; 1: it cannot be done, and why is on stderr."""
    arguments = build_parser().parse_args(argv)
    target: Target = arguments.target
    output: Path = arguments.output / target.runtime
    try:
        # First what people get wrong, then what takes long.
        bots = load_bots(arguments.bots)
        check_plugins(bots.bots, arguments.plugins)
        beside = {
            WORDS_FILE: compile_words(bots.bots, arguments.bots.parent),
            SKILLS_FILE: compile_skills(bots.bots, arguments.bots.parent),
        }
        if arguments.publish:
            check_secrets(bots, os.environ, yaml.safe_load(_S_YAML.read_text(encoding="utf-8")))
        interpreter = None
        if not arguments.no_bytecode:
            interpreter = _interpreter(target.version, arguments.interpreter)
        wanted = [pin for pin in pins(LOCK.read_text(encoding="utf-8"), target) if pin.name not in UNNEEDED]
        wanted += plugin_pins(arguments.plugins, target, wanted)
        wheels = dict(zip(wanted, collect(wanted, target, arguments.output / "wheels"), strict=True))
        forget_version(output)
        manifest = build(
            target,
            bots=bots,
            beside=beside,
            wheels=wheels,
            output=output,
            interpreter=interpreter,
            plugins=plugin_files(arguments.plugins),
            own=own_wheels(wanted, target, arguments.output / "wheels"),
        )
        print(_summary(manifest, output))  # noqa: T201 - a command's output
        if arguments.publish:
            arn = publish_layer(output / f"{LAYER}.zip", target, os.environ, access=arguments.access)
            keep_version(output, arn)
            print(f"Published as {arn}.")  # noqa: T201 - as above
    except (PackagingError, ConfigurationError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def _target(version: str) -> Target:
    """An argparse type, for what is given and for DEPLOY_PYTHON alike."""
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
