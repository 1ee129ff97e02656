"""`plugins`: classes of one's own, what each provides, and whether Function Compute can import them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.cli.deploying.plugin_modules import files_of, modules_in, provided
from rag_on_dingtalk.cli.needed import bots_file
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.loading import load
from rag_on_dingtalk.plugins.named import check_plugins, plugins_in
from rag_on_dingtalk.plugins.seams import SEAMS
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rag_on_dingtalk.cli.needed import Commands
    from rag_on_dingtalk.plugins.seams import Seam

#: The Pythons of Function Compute that a deployment may choose.
PYTHONS = ("3.10", "3.12")

_LOCK = Path("plugins") / "requirements.txt"
_LAYER = Path("requirements") / "layer.txt"
_HEAD = "# Packages of plug-ins, put into the layer by `make package`. Written by `plugins add`.\n"


def add(commands: Commands) -> None:
    """Offer the command."""
    parser = commands.add_parser("plugins", help="list, add or check classes of your own")
    actions = parser.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="say which there are: in plugins/, in its lock, installed here")
    listing.set_defaults(run=_list)
    adding = actions.add_parser("add", help="install a package here and pin it, with what it needs")
    adding.add_argument("package", metavar="NAME==VERSION")
    adding.set_defaults(run=_add)
    checking = actions.add_parser(
        "check", help="import those that bots.yaml names; look whether each fits FC's Pythons"
    )
    checking.add_argument("file", nargs="?", type=Path, help="default: BOTS_FILE, else bots.yaml")
    checking.set_defaults(run=_check)


def _list(_arguments: argparse.Namespace) -> int:
    from importlib.metadata import entry_points  # slow where much is installed, so only here

    for module in modules_in(_LOCK.parent):
        _say(f"{module}: in {module.parent}, goes into the layer as it is")
        for factory, seam in provided(module):
            _say(_names(factory, seam))
    for pin in _pins():
        _say(f"{pin}: pinned in {_LOCK}")
    for seam in SEAMS:
        for point in entry_points(group=seam.group) if seam.group else ():
            version = point.dist.version if point.dist else ""
            _say(f"{point.name} {version}: installed here")
            _say(_names(point.value, seam))
    return 0


def _names(factory: str, seam: Seam) -> str:
    how = f'kind: "python:{factory}" in {seam.place}' if seam.group else f'factory: "{factory}" in a skill'
    return f"  {factory.partition(':')[2]} is {seam.noun}, {how}"


def _add(arguments: argparse.Namespace) -> int:
    name, equals, version = arguments.package.partition("==")
    if not (name and equals and version):
        raise ConfigurationError(f"{arguments.package} names no version. Write NAME==VERSION.")
    constraints = ("-c", str(_LAYER)) if _LAYER.is_file() else ()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        _pip(
            "install",
            *constraints,
            "--dry-run",
            "--ignore-installed",
            "--report",
            report.name,
            arguments.package,
        )
        resolved = json.loads(Path(report.name).read_text(encoding="utf-8"))["install"]
    held = {line.partition("==")[0].strip().lower() for line in _lines(_LAYER)}
    found = {one["metadata"]["name"]: one["metadata"]["version"] for one in resolved}
    wanted = {named: at for named, at in found.items() if named.lower().replace("_", "-") not in held}
    others = {pin.partition("==")[0].lower(): pin for pin in _pins()}
    others |= {named.lower(): f"{named}=={at}" for named, at in wanted.items()}
    _pip("install", *constraints, arguments.package)
    _LOCK.parent.mkdir(exist_ok=True)
    _LOCK.write_text(_HEAD + "".join(f"{pin}\n" for _, pin in sorted(others.items())), encoding="utf-8")
    _say(f"{_LOCK} pins {', '.join(f'{named}=={at}' for named, at in wanted.items())}.")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    bots = load_bots(bots_file(arguments.file)).bots
    well = True
    check_plugins(bots)
    here = ".".join(map(str, sys.version_info[:2]))
    for place, plugin, seam in plugins_in(bots):
        _say(f"{place}: ok. {plugin.factory} is {seam.noun} and imports on Python {here}.")
        for line in _settings(load(plugin.factory, seam).Settings):
            _say(f"{place}:   {line}")
    for python in PYTHONS:
        for problem in (*_misfits(python), *_without_wheel(python)):
            well = False
            _say(f"WRONG. Python {python}: {problem}")
        if well:
            _say(f"ok. Everything fits Python {python}.")
    return 0 if well else 1


def _settings(struct: Any) -> Iterator[str]:
    """A line for each setting of a plug-in: its name, its type, its default, what its docstring says."""
    said = dict(line.strip().split(": ", 1) for line in (struct.__doc__ or "").splitlines() if ": " in line)
    for field in msgspec.structs.fields(struct):
        kind = getattr(field.type, "__name__", str(field.type))
        default = "required" if field.required else f"default {field.default!r}"
        yield f"{field.name} ({kind}, {default}) {said.get(field.name, '')}".rstrip()


def _misfits(python: str) -> Iterator[str]:
    major, minor = map(int, python.split("."))
    for module in modules_in(_LOCK.parent):
        for path in files_of(module):
            try:
                ast.parse(path.read_text(encoding="utf-8"), feature_version=(major, minor))
            except SyntaxError as error:
                yield f"{path} does not compile: {error.msg} in line {error.lineno}."


def _without_wheel(python: str) -> Iterator[str]:
    for pin in _pins():
        with tempfile.TemporaryDirectory() as folder:
            place = ("--dest", folder, "--python-version", python, "--platform", "manylinux2014_x86_64")
            try:
                _pip("download", "--no-deps", "--only-binary=:all:", *place, pin)
            except ConfigurationError:
                yield f"there is no wheel of {pin} for it. Take another version."


def _pins() -> list[str]:
    return [line for line in _lines(_LOCK) if "==" in line]


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [line.partition("#")[0].partition(";")[0].strip() for line in text.splitlines()]


def _pip(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - this environment's own pip, with what the operator typed
        [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise ConfigurationError(f"pip could not do it. It said: {said[0]}")


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201 - a command's output
