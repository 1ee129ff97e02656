"""Plug-ins: found by name, checked, kept within bounds; a complete one passes the suite from a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from devserver.settings import ROOT
from rag_on_dingtalk.backends import bounded
from rag_on_dingtalk.backends.base import Finding, Text
from rag_on_dingtalk.backends.plugins import build_plugin
from rag_on_dingtalk.errors import BackendError, ConfigurationError, FailureKind
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.plugins.loading import load
from rag_on_dingtalk.plugins.named import check_plugins
from rag_on_dingtalk.plugins.seams import BACKEND
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Plugin, Timeouts
from rag_on_dingtalk.testing import ASK, outcome
from tests.builders import a_bot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "backend-plugin"


class Echo:
    """Yields what its settings say, or raises it."""

    API = 1

    class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        says: list[str] = []
        fails: str = ""

    def __init__(self, settings: Settings, context: Any) -> None:
        self.settings = settings
        self.context = context
        if settings.fails == "constructor":
            raise KeyError("a key")

    async def ask(self, ask: Any) -> AsyncGenerator[Any, None]:
        for words in self.settings.says:
            yield Text(words)
        match self.settings.fails:
            case "raises":
                raise ValueError(f"{ask.text} {self.context.api_key.reveal()}")
            case "own error":
                raise BackendError(FailureKind.BUSY, "The echo is busy. Ask again.")
            case "other":
                yield "not a part"
            case "silent":
                import asyncio

                await asyncio.Event().wait()
            case "endless":
                while True:
                    yield Text("字" * 1000)

    async def stop(self, _ask: Any, _task_id: str) -> None:
        raise OSError("stop")

    async def rate(self, _message_id: str, **_vote: Any) -> None:
        raise OSError("rate")

    async def probe(self) -> tuple[Finding, ...]:
        raise OSError("probe")


@pytest.fixture(autouse=True)
def _echo(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = SimpleNamespace(
        Echo=Echo,
        Old=type("Old", (Echo,), {"API": 0}),
        Silent=type("Silent", (), {}),
        Bare=type("Bare", (Echo,), {"Settings": dict}),
        Half=type("Half", (), {"API": 1, "Settings": Echo.Settings, "ask": Echo.ask}),
    )
    monkeypatch.setitem(sys.modules, "an_echo", module)


def echo(**settings: Any) -> Plugin:
    return Plugin(factory="an_echo:Echo", settings=settings, timeouts=Timeouts(first_byte=0.2, idle=0.2))


async def asked(plugin: Plugin) -> Any:
    async with httpx.AsyncClient(verify=trust()) as http:
        return await outcome(build_plugin(plugin, Secret("k-1"), http))


async def test_a_plug_in_is_given_its_settings_and_answers() -> None:
    seen = await asked(echo(says=["补", "卡"]))
    assert (seen.error, seen.text) == (None, "补卡")


@pytest.mark.parametrize(
    ("settings", "kind", "text"),
    [
        ({"fails": "raises"}, FailureKind.UPSTREAM, ""),
        ({"says": ["补"], "fails": "raises"}, FailureKind.INTERRUPTED, "补"),
        ({"fails": "own error"}, FailureKind.BUSY, ""),
        ({"says": ["补"], "fails": "other"}, FailureKind.INTERRUPTED, "补"),
        ({"fails": "silent"}, FailureKind.TIMEOUT, ""),
        ({"says": ["补"], "fails": "silent"}, FailureKind.TIMEOUT, "补"),
        ({}, FailureKind.EMPTY, ""),
        ({"says": [" \n"]}, FailureKind.EMPTY, ""),
    ],
)
async def test_whatever_a_plug_in_does_is_a_failure_with_a_sentence(
    settings: dict[str, Any], kind: FailureKind, text: str
) -> None:
    seen = await asked(echo(**settings))
    assert (seen.kind, seen.text.strip()) == (kind, text)
    assert str(seen.error).endswith(".")
    assert ASK.text not in str(seen.error)
    assert "k-1" not in str(seen.error)


async def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_CHARACTERS", 10_000)
    seen = await asked(echo(fails="endless"))
    assert seen.kind is FailureKind.INTERRUPTED
    assert len(seen.text) == 10_000


async def test_other_calls_fail_with_a_sentence_too() -> None:
    async with httpx.AsyncClient(verify=trust()) as http:
        backend = build_plugin(echo(), Secret(""), http)
        [finding] = await backend.probe()
        with pytest.raises(BackendError, match=r"an_echo:Echo raised OSError in test_plugins.py"):
            await backend.stop(ASK, "t")
        with pytest.raises(BackendError, match="raised OSError"):
            await backend.rate("m", liked=True, reason="", user="u")
    assert (finding.well, "raised OSError" in finding.detail) == (False, True)


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("no_such_package:Wiki", "there is no module no_such_package. Put it into the folder plugins/"),
        ("an_echo:Wiki", "an_echo has no Wiki"),
        ("an_echo:Old", "its contract is 0, and this version of the bot knows 1"),
        ("an_echo:Silent", "it does not say which contract it keeps"),
        ("an_echo:Bare", "it has no struct `Settings`"),
        ("an_echo:Half", "as a backend it lacks stop, rate, probe"),
    ],
)
def test_what_is_no_plug_in_is_refused_with_the_reason(factory: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(factory, BACKEND)
    assert sentence in str(raised.value)


def test_a_module_that_fails_is_named_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_plugin.py").write_text("\n1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"ZeroDivisionError in broken_plugin.py, line 2"):
        load("broken_plugin:X", BACKEND)


@pytest.mark.parametrize("settings", [{"say": ["x"]}, {"says": 7}])
def test_a_wrong_setting_names_the_bot_and_the_place(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"bots.wiki: A setting of the plug-in an_echo:Echo"):
        check_plugins({"wiki": a_bot(backend=echo(**settings))}, tmp_path)


def test_a_plug_in_that_cannot_be_built_stops_the_bot() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be built: KeyError in test_plugins.py"):
        build_plugin(echo(fails="constructor"), Secret(""), httpx.AsyncClient(verify=trust()))


def test_the_example_passes_the_suite_from_a_wheel(tmp_path: Path) -> None:
    """Built, installed into an empty folder, and tested by a Python that sees that folder and the library."""
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(EXAMPLE)],
        check=True,
    )
    [wheel] = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "--rootdir",
            str(tmp_path),
            str(EXAMPLE / "tests"),
        ],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert (installed / "company_wiki" / "backend.py").is_file()
