"""A plug-in in plugins/, through the whole local system; and the commands that look at it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from devserver.settings import ROOT, Settings
from devserver.system import LocalSystem
from emulators.dingtalk import CardState
from rag_on_dingtalk.cli import main
from tests.scenario.conftest import Chat

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with plugins/ and a bots.yaml whose bot is answered by one of them."""
    (tmp_path / "plugins").mkdir()
    source = (ROOT / "examples" / "own_parts" / "faq.py").read_text(encoding="utf-8")
    (tmp_path / "plugins" / "our_faq.py").write_text(source, encoding="utf-8")
    bots = yaml.safe_load((ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8"))
    handbook = bots["bots"]["handbook"]
    handbook["backend"] = {"kind": "python:our_faq:FaqBackend", "entries": {"年假": "每年 12 天。"}}
    (tmp_path / "bots.yaml").write_text(
        yaml.safe_dump({"bots": {"handbook": handbook}}, allow_unicode=True), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_a_plug_in_answers_a_person(deployment: Path) -> None:
    system = LocalSystem(Settings(piece_delay=0, qps=None, bots=deployment / "bots.yaml"))
    await system.start()
    try:
        person, robot = system.dingtalk.person("小明"), system.dingtalk.robot("handbook")
        chat = Chat(system, robot, system.dingtalk.private(person, robot), [person])
        answered = await chat.ask("年假有几天？")
        nothing = await chat.ask("报销要多久？")
    finally:
        await system.stop()
    assert (answered.state, answered.text) == (CardState.FINISHED, "每年 12 天。")
    assert "12" not in nothing.text


def test_the_commands_find_it_and_name_its_settings(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugins", "list"]) == 0
    assert "our_faq.py: in plugins, goes into the layer as it is" in capsys.readouterr().out
    assert main(["plugins", "check", "bots.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "handbook: ok. our_faq:FaqBackend is a backend and imports on Python 3." in shown
    assert "entries (dict, required) a word of the question" in shown
    assert "ok. Everything fits Python 3.10." in shown
    assert main(["check", "bots.yaml", "--offline"]) == 0
    assert "The plug-in is there" in capsys.readouterr().out
    (deployment / "plugins" / "newer.py").write_text("match 1:\n    case 1: pass\ntype X = int\n", "utf-8")
    assert main(["plugins", "check", "bots.yaml"]) == 1
    assert "WRONG. Python 3.10: plugins/newer.py does not compile" in capsys.readouterr().out


def test_compiling_stops_at_a_plug_in_that_is_not_there(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (deployment / "bots.yaml").read_text(encoding="utf-8")
    (deployment / "bots.yaml").write_text(text.replace("our_faq", "their_faq"), encoding="utf-8")
    assert main(["compile"]) == 1
    assert "bots.handbook: The plug-in their_faq:FaqBackend cannot be imported" in capsys.readouterr().err


def test_adding_a_package_pins_it_and_what_it_needs(
    deployment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    example = ROOT / "examples" / "backend-plugin"
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
    subprocess.run([sys.executable, "-m", "pip", *build, str(example)], check=True)
    for name, value in {"FIND_LINKS": wheels, "NO_INDEX": "1", "TARGET": installed}.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))

    assert main(["plugins", "add", "company-wiki-backend==1.0.0"]) == 0

    lock = (deployment / "plugins" / "requirements.txt").read_text(encoding="utf-8")
    assert "company-wiki-backend==1.0.0\n" in lock
    assert (installed / "company_wiki").is_dir()
    assert main(["plugins", "add", "company-wiki-backend==9.9"]) == 1
    assert main(["plugins", "add", "company-wiki-backend"]) == 1
    assert (deployment / "plugins" / "requirements.txt").read_text(encoding="utf-8") == lock
