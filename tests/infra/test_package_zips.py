"""The built zips, on both Pythons of Function Compute: what is in them, and that nothing else is needed.

They are built once for all tests of a run, from wheels of the package registry.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from devserver.settings import ROOT, Settings
from devserver.system import LocalSystem
from devserver.wiring import packages
from emulators.function_compute.asynchronous.destinations import record
from emulators.function_compute.invocation import failure
from infra.package.build import LOCK, build, functions
from infra.package.errors import PackagingError
from infra.package.manifest import MANIFEST, Manifest, read_manifest
from infra.package.wheels import interpreters
from infra.package.wheels.fetching import collect
from infra.package.wheels.interpreters import Interpreter, find_interpreter
from infra.package.wheels.licences import UNKNOWN
from infra.package.wheels.lock import UNNEEDED, pins
from infra.package.wheels.own import own_wheels
from infra.package.wheels.target import TARGETS, Target
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.safety.words.word_lists import WORDS_FILE, compile_words
from rag_on_dingtalk.settings.bots_document import decode_bots
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from emulators.function_compute.runtimes.programs import Programs

BOTS = ROOT / "devserver" / "bots.yaml"

#: Ends with what was imported: each module's file, and the one it was loaded from.
IMPORT = """
import json, sys
sys.path.insert(0, ".")
__import__(sys.argv[1])
specs = [spec for module in sys.modules.values() if (spec := getattr(module, "__spec__", None))]
print(json.dumps([(spec.origin, spec.cached) for spec in specs if (spec.origin or "").endswith(".py")]))
"""


class Zips(msgspec.Struct, frozen=True):
    """One target's zips, built twice."""

    target: Target
    interpreter: Interpreter
    folder: Path
    again: Path

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.folder)

    def files(self, name: str) -> dict[str, bytes]:
        """What is in one of them."""
        with zipfile.ZipFile(self.folder / f"{name}.zip") as opened:
            return {path: opened.read(path) for path in opened.namelist()}


@pytest.fixture(scope="session", params=TARGETS.values(), ids=list(TARGETS))
def zips(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Zips:
    target: Target = request.param
    try:
        interpreter = find_interpreter(target.version)
    except PackagingError as error:
        pytest.skip(str(error))
    # With xdist several processes want the same zips: the first one builds them, below the folder of all.
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if hasattr(request.config, "workerinput") else base) / "zips"
    shared.mkdir(exist_ok=True)
    made = Zips(target, interpreter, shared / target.runtime, shared / f"{target.runtime}-again")
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made.again / MANIFEST).exists():
            _build_twice(made, shared / "wheels")
    return made


def _build_twice(made: Zips, cache: Path) -> None:
    wanted = [pin for pin in pins(LOCK.read_text(encoding="utf-8"), made.target) if pin.name not in UNNEEDED]
    try:
        wheels = dict(zip(wanted, collect(wanted, made.target, cache), strict=True))
        own = own_wheels(wanted, made.target, cache)
    except PackagingError as error:
        if "from versions: none" not in str(error):
            raise
        pytest.skip(f"No package registry here. {error}")
    for output in (made.folder, made.again):
        build(
            made.target,
            bots=load_bots(BOTS),
            wheels=wheels,
            own=own,
            output=output,
            interpreter=made.interpreter,
        )


@pytest.fixture(scope="session")
def unpacked(zips: Zips, tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return packages.from_zips(zips.folder, tmp_path_factory.mktemp("unpacked"))


def test_building_again_gives_the_same_bytes(zips: Zips) -> None:
    for path in zips.folder.iterdir():
        assert path.read_bytes() == (zips.again / path.name).read_bytes(), path.name


def test_the_layer_has_at_most_20_mb(zips: Zips) -> None:
    assert zips.manifest.zips["layer"].bytes <= 20_000_000


def test_the_manifest_tells_what_the_zips_are(zips: Zips) -> None:
    manifest = zips.manifest

    assert list(manifest.zips) == ["layer", *functions()]
    for name, archive in manifest.zips.items():
        content = (zips.folder / f"{name}.zip").read_bytes()
        assert (archive.bytes, archive.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest.python == zips.target.version
    assert manifest.compiled_by == zips.interpreter.version
    assert manifest.bots == list(load_bots(BOTS).bots)


def test_every_distribution_is_named_with_its_licence_and_none_is_gpl(zips: Zips) -> None:
    licences = {package.name: package.licence for package in zips.manifest.packages}

    assert licences["rag-on-dingtalk"] == "Apache-2.0"
    assert {"msgspec", "tablestore", "uvicorn"} <= set(licences)
    assert not {name for name, licence in licences.items() if licence == UNKNOWN}
    # The LGPL's library is a module of its own, which its user can replace.
    strong = {
        name: licence
        for name, licence in licences.items()
        if "GPL" in licence.replace("LGPL", "") or "General Public" in licence.replace("Lesser General", "")
    }
    assert strong == {}


def test_nothing_is_in_the_layer_that_no_function_needs(zips: Zips) -> None:
    paths = [Path(path) for path in zips.files("layer")]

    assert {path.parts[0] for path in paths} == {"python"}
    assert not {path for path in paths if {"tests", "test", "SelfTest"} & set(path.parts)}
    assert not {path for path in paths if path.suffix in {".pyi", ".pyx", ".c", ".h"}}
    assert not set(UNNEEDED) & {path.parts[1] for path in paths}


def test_every_native_module_of_the_layer_is_for_its_system_and_its_python(zips: Zips) -> None:
    with zipfile.ZipFile(zips.folder / "layer.zip") as opened:
        natives = {
            name: opened.read(name)[:20]
            for name in opened.namelist()
            if name.endswith((".so", ".dylib", ".pyd"))
        }

    tags = {found[1] for name in natives if (found := re.search(r"\.cpython-(\d+)-", name))}
    assert tags == {zips.target.version.replace(".", "")}
    # ELF, 64 bit, x86-64.
    assert {(head[:5], head[18:]) for head in natives.values()} == {(b"\x7fELF\x02", b"\x3e\x00")}


def test_a_function_is_its_module_and_its_bots(zips: Zips) -> None:
    for name in functions():
        (module,) = (ROOT / "functions" / name).glob("*.py")
        held = zips.files(name)
        compiled = f"__pycache__/{module.stem}.cpython-{zips.target.version.replace('.', '')}.pyc"
        # The console's pages, and what serves them, are in its zip and not in the layer of all.
        apart = {path for path in held if path.startswith(("rag_on_dingtalk/console/", "starlette"))}
        assert bool(apart) is (name == "console")
        assert set(held) - apart == {module.name, compiled, "bots.json"}
        assert decode_bots(held["bots.json"]) == load_bots(BOTS)


def test_every_module_is_compiled_for_its_place_by_the_python_that_loads_it(zips: Zips) -> None:
    asked = [str(zips.interpreter.path), "-c", "import importlib.util as u; print(u.MAGIC_NUMBER.hex())"]
    magic = bytes.fromhex(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    tag = f".cpython-{zips.target.version.replace('.', '')}.pyc"

    for name in zips.manifest.zips:
        files = zips.files(name)
        for module in [Path(path) for path in files if path.endswith(".py")]:
            content = files[str(module.parent / "__pycache__" / (module.stem + tag))]
            # Flags 1: told apart by a hash of the source, which is not compared.
            assert content[:8] == magic + (1).to_bytes(4, "little")
            place = f"/opt/{module}" if name == "layer" else f"/code/{module}"
            assert place.encode() in content


def test_nothing_of_the_machine_that_built_them_is_in_the_zips(zips: Zips) -> None:
    traces = [str(ROOT).encode(), str(zips.folder).encode(), b"rag-on-dingtalk-package-"]

    for name in zips.manifest.zips:
        for path, content in zips.files(name).items():
            assert not [trace for trace in traces if trace in content], path


@pytest.mark.parametrize(
    ("function", "module"),
    [
        ("callback", "app"),
        ("async_answer", "app"),
        ("failed_answer", "index"),
        ("housekeeping", "index"),
        ("console", "app"),
    ],
)
def test_each_function_starts_from_its_zip_and_the_layer_alone(
    function: str, module: str, unpacked: Programs
) -> None:
    done = subprocess.run(
        [*unpacked.python, "-c", IMPORT, module],
        cwd=unpacked.folder(f"../dist/{function}.zip"),
        env={"PYTHONPATH": unpacked.python_path[0]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    loaded: list[tuple[str, str]] = [
        (origin, cached) for origin, cached in json.loads(done.stdout.splitlines()[-1])
    ]
    root = Path(unpacked.python_path[0]).parents[1]
    here = [(origin, cached) for origin, cached in loaded if Path(origin).is_relative_to(root)]
    assert any(Path(origin).match("python/rag_on_dingtalk/__init__.py") for origin, _ in here)
    assert all(Path(cached).is_file() for _, cached in here)
    assert not [
        origin for origin, _ in set(loaded) - set(here) if "site-packages" in origin or str(ROOT) in origin
    ]


def test_the_layer_of_all_has_nothing_of_the_consoles(zips: Zips) -> None:
    paths = zips.files("layer")

    assert not [
        path for path in paths if path.startswith(("python/rag_on_dingtalk/console", "python/starlette"))
    ]
    assert "rag_on_dingtalk/console/static/console.css" in zips.files("console")


def test_the_layer_has_nothing_that_runs_on_a_persons_machine(zips: Zips) -> None:
    library = "python/rag_on_dingtalk/"
    rooms = {path.removeprefix(library).partition("/")[0] for path in zips.files("layer") if library in path}

    assert {"worker", "doctor", "errors.py"} <= rooms
    assert rooms.isdisjoint(("__main__.py", "cli", "setup", "testing"))


async def test_all_functions_of_the_zips_do_their_work(zips: Zips) -> None:
    system = LocalSystem(Settings(zips=zips.folder, piece_delay=0.0))
    await system.start()
    try:
        dingtalk, functions = system.dingtalk, system.functions
        person, robot = dingtalk.person("小明"), dingtalk.robot("handbook")
        talk = dingtalk.private(person, robot)
        await dingtalk.say(person=person, conversation=talk, text="年假有几天？", robot=robot)
        await functions.idle()
        (job,) = functions.tasks()
        given_up = record(
            request_id=job.request_id,
            function_arn=job.function_arn,
            attempts=3,
            payload=job.payload,
            outcome=failure("made up"),
            now=job.ended,
        )
        outcomes = [
            await functions.invoke("rag-on-dingtalk-failed-answer", given_up),
            await functions.invoke("rag-on-dingtalk-housekeeping", b"{}"),
        ]
        async with httpx.AsyncClient() as browser:
            pages = [
                (await browser.get(f"{system.console_url}/{path}")).status_code
                for path in ("sign-in", "static/console.css", "static/console.js", "healthz")
            ]
        runtimes = {function.runtime for function in functions.functions()}
    finally:
        await system.stop()

    assert (job.status, [card.closed for card in dingtalk.cards(talk)]) == ("Succeeded", [True])
    assert [outcome.payload for outcome in outcomes if outcome.failed] == []
    assert pages == [200] * 4
    assert runtimes == {zips.target.runtime, zips.target.custom_runtime}


def test_a_zip_that_is_not_the_one_of_the_manifest_is_not_run(zips: Zips, tmp_path: Path) -> None:
    shutil.copytree(zips.folder, tmp_path / "zips")
    with zipfile.ZipFile(tmp_path / "zips" / "callback.zip", "a") as opened:
        opened.writestr("more.py", "")

    with pytest.raises(
        ConfigurationError, match=r"callback.zip is not the one in the manifest.*make package"
    ):
        packages.from_zips(tmp_path / "zips", tmp_path / "unpacked")


def test_a_missing_zip_is_named(zips: Zips, tmp_path: Path) -> None:
    shutil.copy(zips.folder / MANIFEST, tmp_path)

    with pytest.raises(ConfigurationError, match=r"lacks a zip.*layer\.zip.*make package"):
        packages.from_zips(tmp_path, tmp_path / "unpacked")


def test_without_the_zips_python_it_says_which_one_is_needed(
    zips: Zips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "_candidates", lambda _: iter(()))

    with pytest.raises(ConfigurationError, match=f"run on Python {zips.target.version}.*pyenv install"):
        packages.from_zips(zips.folder, tmp_path)


def test_a_folder_without_zips_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make package"):
        LocalSystem(Settings(zips=tmp_path))


def test_without_bytecode_the_sources_are_there_and_the_manifest_says_so(zips: Zips, tmp_path: Path) -> None:
    manifest = build(zips.target, bots=load_bots(BOTS), wheels={}, output=tmp_path, interpreter=None)

    assert manifest.compiled_by == ""
    with zipfile.ZipFile(tmp_path / "callback.zip") as opened:
        assert opened.namelist() == ["app.py", "bots.json"]


def test_word_lists_are_in_every_function_but_the_callback(zips: Zips, tmp_path: Path) -> None:
    bots = load_bots(BOTS)
    words = compile_words(bots.bots, BOTS.parent)
    build(zips.target, bots=bots, beside={WORDS_FILE: words}, wheels={}, output=tmp_path, interpreter=None)

    held = {}
    for name in functions():
        with zipfile.ZipFile(tmp_path / f"{name}.zip") as opened:
            held[name] = opened.read(WORDS_FILE) if WORDS_FILE in opened.namelist() else b""
    assert words
    assert held.pop("callback") == b""
    assert set(held.values()) == {words}


def test_the_sources_stand_for_the_zips_that_are_made_of_them() -> None:
    programs = packages.from_sources(ROOT / "layers" / "common")

    for name in functions():
        assert list(programs.folder(f"../dist/python3.12/{name}.zip").glob("*.py"))
