"""The bridge's image: what the Dockerfile copies is all it needs, and it may do little."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from packaging.requirements import Requirement

from bridge.health import DEFAULT_PORT
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "bridge" / "Dockerfile").read_text(encoding="utf-8")

#: Refuses every installed package that requirements/bridge.txt does not name, then does what the image does.
PROGRAM = """
import importlib.metadata, json, runpy, sys
allowed = set(json.loads(sys.argv[1]))
normal = lambda name: name.lower().replace("_", "-").replace(".", "-")
owners = importlib.metadata.packages_distributions()
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in owners and not any(normal(one) in allowed for one in owners[top]):
            if top not in ("rag_on_dingtalk", "bridge"):
                raise ModuleNotFoundError(f"{name} is not in the image", name=name)
sys.meta_path.insert(0, Refuse())
sys.argv = ["bridge"]
runpy.run_module("bridge", run_name="__main__")
"""


def installed() -> list[str]:
    lines = (ROOT / "requirements" / "bridge.txt").read_text(encoding="utf-8").splitlines()
    return sorted({re.split(r"[=\s;]", line)[0] for line in lines if line and not line.startswith("#")})


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the Dockerfile copies."""
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    return tmp_path


def run(image: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(installed())],
        cwd=image,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(image), "PYTHONUTF8": "1", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_starts_with_what_the_image_has(image: Path) -> None:
    bots = image / "bots.json"
    bots.write_bytes(encode_bots(load_bots(ROOT / "devserver" / "bots.yaml")))
    started = run(image, BOTS_FILE=str(bots), ANSWER_FUNCTION="answer", HEALTH_PORT="0")

    # It has read everything, and found that the demo's bots are not in Stream mode.
    assert (started.returncode, started.stdout) == (1, "")
    assert "dingtalk.mode: stream" in started.stderr


def test_without_its_file_it_says_so(image: Path) -> None:
    started = run(image, BOTS_FILE="/nowhere/bots.json")

    assert (started.returncode, started.stderr.count("\n")) == (1, 1)
    assert "compile" in started.stderr


def test_nothing_that_answers_questions_is_installed() -> None:
    assert {"httpx", "msgspec", "websockets"} <= set(installed())
    assert not {"tablestore", "aiohttp", "uvicorn", "dingtalk-stream", "pyyaml"} & set(installed())


def test_the_group_says_what_the_project_says() -> None:
    tomllib = pytest.importorskip("tomllib", reason="it is in Python 3.11")
    project: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    stream = project["project"]["optional-dependencies"]["stream"]
    known = {str(Requirement(one)) for one in (*project["project"]["dependencies"], *stream)}

    assert {str(Requirement(one)) for one in project["dependency-groups"]["bridge"]} <= known


def test_it_runs_as_no_one_in_particular_and_says_how_it_is() -> None:
    assert re.search(r"^USER (?!0)\d+:\d+$", DOCKERFILE, re.MULTILINE)
    assert '"-m", "bridge.health"' in DOCKERFILE
    assert f"EXPOSE {DEFAULT_PORT}" in DOCKERFILE
    assert DOCKERFILE.rstrip().endswith('ENTRYPOINT ["python", "-m", "bridge"]')


def test_the_example_starts_two_replicas_that_may_do_little() -> None:
    compose = yaml.safe_load((ROOT / "bridge" / "compose.yaml").read_text(encoding="utf-8"))
    bridge = compose["services"]["bridge"]

    assert bridge["deploy"]["replicas"] == 2
    assert (bridge["read_only"], bridge["cap_drop"]) == (True, ["ALL"])
    assert "ports" not in bridge
    assert {"ANSWER_FUNCTION", "DEPLOY_ACCOUNT_ID", "DEPLOY_REGION"} < set(bridge["environment"])
    assert bridge["environment"]["ANSWER_FUNCTION"].endswith("-async-answer")
