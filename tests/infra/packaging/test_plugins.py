"""Plug-in backends in the layer."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pytest
import yaml

from infra.package.build import build
from infra.package.errors import PackagingError
from infra.package.plugins import plugin_files, plugin_pins
from infra.package.wheels.lock import Pin
from infra.package.wheels.target import TARGETS
from rag_on_dingtalk.settings.bots_document import convert_bots
from rag_on_dingtalk.settings.bots_file import load_bots


def _plugins(tmp_path: Path, *, pin: str = "company-wiki==1.0.0") -> Path:
    folder = tmp_path / "plugins"
    for name, text in {
        "wiki.py": "x = 1\n",
        "deep/__init__.py": "",
        "deep/data/words.csv": "年假\n",
        "deep/tests/test_deep.py": "",
        ".cache/x.py": "",
        "README.md": "",
        "requirements.txt": f"# pins\n{pin}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_plug_ins_go_into_the_layer_and_the_test_kit_does_not(tmp_path: Path) -> None:
    bots = load_bots(Path(__file__).parents[3] / "devserver" / "bots.yaml")
    files = plugin_files(_plugins(tmp_path))

    build(TARGETS["3.12"], bots=bots, wheels={}, output=tmp_path / "out", interpreter=None, plugins=files)

    with zipfile.ZipFile(tmp_path / "out" / "layer.zip") as layer:
        names = set(layer.namelist())
    assert {"python/wiki.py", "python/deep/__init__.py", "python/deep/data/words.csv"} <= names
    assert not any("testing" in name or "test_deep" in name or "README" in name for name in names)


def test_a_moderation_service_of_ones_own_goes_into_the_layer_and_its_name_into_the_compiled_bots(
    tmp_path: Path,
) -> None:
    root = Path(__file__).parents[3]
    bots = yaml.safe_load((root / "devserver" / "bots.yaml").read_text(encoding="utf-8"))["bots"]
    moderation = {"kind": "python:company_checks:Checks", "url": "https://checks.example.com"}
    bot = {**bots["handbook"], "safety": {"moderation": moderation}}
    files = plugin_files(root / "examples" / "moderation-plugin")

    build(
        TARGETS["3.10"],
        bots=convert_bots({"bots": {"handbook": bot}}),
        wheels={},
        output=tmp_path,
        interpreter=None,
        plugins=files,
    )

    with zipfile.ZipFile(tmp_path / "layer.zip") as layer:
        assert "python/company_checks.py" in layer.namelist()
    with zipfile.ZipFile(tmp_path / "async_answer.zip") as function:
        compiled = function.read("bots.json")
    assert b'"factory":"company_checks:Checks"' in compiled


def test_a_plug_in_cannot_replace_a_module_of_the_layer(tmp_path: Path) -> None:
    bots = load_bots(Path(__file__).parents[3] / "devserver" / "bots.yaml")
    files = {PurePosixPath("rag_on_dingtalk/errors.py"): b"x = 1\n"}

    with pytest.raises(PackagingError, match=r"rag_on_dingtalk/errors.py, which the layer holds already"):
        build(TARGETS["3.12"], bots=bots, wheels={}, output=tmp_path, interpreter=None, plugins=files)


def test_a_plug_ins_packages_are_pinned_beside_the_layers(tmp_path: Path) -> None:
    target, layer = TARGETS["3.10"], [Pin("httpx", "0.28.1")]

    assert plugin_pins(_plugins(tmp_path), target, layer) == [Pin("company-wiki", "1.0.0")]
    assert plugin_pins(_plugins(tmp_path, pin="httpx==0.28.1"), target, layer) == []
    with pytest.raises(PackagingError, match=r"pins httpx 0.27.0, the layer holds 0.28.1"):
        plugin_pins(_plugins(tmp_path, pin="httpx==0.27.0"), target, layer)
    with pytest.raises(PackagingError, match=r"requirements.txt: Line 2 is no pin"):
        plugin_pins(_plugins(tmp_path, pin="httpx>=0.27"), target, layer)
    assert plugin_pins(tmp_path / "nowhere", target, layer) == []
