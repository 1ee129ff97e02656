"""The commands that look at plug-ins, for a moderation service in a file of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devserver.settings import ROOT
from rag_on_dingtalk.cli import main

if TYPE_CHECKING:
    from pathlib import Path

CHECKS = {"kind": "python:company_checks:Checks", "url": "https://checks.example.com", "block_from": 0.7}


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with plugins/ and a bots.yaml whose bot is moderated by one of them."""
    (tmp_path / "plugins").mkdir()
    shutil.copy(ROOT / "examples" / "moderation-plugin" / "company_checks.py", tmp_path / "plugins")
    write(tmp_path, CHECKS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, moderation: dict[str, Any]) -> None:
    bots = yaml.safe_load((ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8"))
    bot = {**bots["bots"]["handbook"], "safety": {"moderation": moderation}}
    text = yaml.safe_dump({"bots": {"handbook": bot}}, allow_unicode=True)
    (folder / "bots.yaml").write_text(text, encoding="utf-8")


def test_listing_says_what_each_file_provides_without_importing_it(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "examples" / "own_parts" / "faq.py", deployment / "plugins" / "our_faq.py")
    call = "class Balance:\n    API: int = 1\n    async def call(self, values, key): ...\n1 / 0\n"
    (deployment / "plugins" / "leave.py").write_text(call, encoding="utf-8")
    (deployment / "plugins" / "helper.py").write_text("class Helper: ...\n", encoding="utf-8")

    assert main(["plugins", "list"]) == 0

    shown = capsys.readouterr().out
    assert "plugins/company_checks.py: in plugins, goes into the layer as it is\n" in shown
    named = 'kind: "python:company_checks:Checks" in safety.moderation\n'
    assert f"  Checks is a moderation service, {named}" in shown
    assert '  FaqBackend is a backend, kind: "python:our_faq:FaqBackend" in backend\n' in shown
    assert '  Balance is a skill\'s call, factory: "leave:Balance" in a skill\n' in shown
    assert "Helper" not in shown


def test_checking_names_its_settings_with_their_bounds(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (deployment / "bots.yaml").is_file()
    assert main(["plugins", "check", "bots.yaml"]) == 0

    shown = capsys.readouterr().out
    place = "handbook.safety.moderation"
    assert f"{place}: ok. company_checks:Checks is a moderation service and imports on Python 3." in shown
    assert f"{place}:   url (str, required) the classifier's address." in shown
    assert "default 0.8) the score from which a text is blocked." in shown
    assert main(["check", "bots.yaml", "--offline"]) == 0
    assert f"{place}: ok. The plug-in is there; its settings: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"block_from": 80}, "company_checks:Checks is wrong at safety.moderation.block_from"),
        ({"blok_from": 0.5}, "unknown field `blok_from`. Did you mean block_from?"),
        ({"kind": "python:company_check:Checks"}, "no module company_check. Did you mean company_checks?"),
        ({"kind": "python:company_checks:Cheks"}, "company_checks has no Cheks. Did you mean Checks?"),
    ],
)
@pytest.mark.parametrize("command", [["check", "--offline"], ["compile"], ["plugins", "check"]])
def test_every_command_that_reads_bots_yaml_stops_at_a_mistake(
    deployment: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    sentence: str,
    command: list[str],
) -> None:
    write(deployment, {**CHECKS, **change})

    assert main(command) == 1

    said = capsys.readouterr().err
    assert "bots.handbook.safety.moderation: " in said
    assert sentence in said
