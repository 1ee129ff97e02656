"""`infra/s.yaml` as the real Serverless Devs reads it; offline, and with the component's schema alone."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.function_compute.expressions import resolve

S_YAML = Path(__file__).parents[2] / "infra" / "s.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(S_YAML.read_text(encoding="utf-8"))
ACCOUNT_ID = "1000000000000001"
ENV = {
    "DINGTALK_CLIENT_SECRET": "s" * 64,
    "TABLESTORE_ENDPOINT": "https://rag-on-dingtalk.cn-hangzhou.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": "rag-on-dingtalk",
}

#: `s` asks its registry for component fc3; one of our own answers with the schema and can do nothing else.
COMPONENT = """
const fs = require('fs'), path = require('path');
module.exports = { default: class {
  constructor() { this.commands = { deploy: {}, plan: {} }; }
  async getSchema() { return fs.readFileSync(path.join(__dirname, 'schema.json'), 'utf-8'); }
} };
"""

S = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def s(tmp_path: Path) -> S:
    """Runs the real `s` in a folder of its own with an account that does not exist."""
    program = os.environ.get("SERVERLESS_DEVS") or shutil.which("s")
    if not program:
        pytest.skip("Serverless Devs is not here. npm install @serverless-devs/s, or set SERVERLESS_DEVS.")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **ENV}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    key = ("--AccessKeyID", "made-up", "--AccessKeySecret", "made-up", "--AccountID", ACCOUNT_ID)
    assert run("config", "add", "-a", "default", *key).returncode == 0
    return run


@pytest.fixture
def component(tmp_path: Path) -> Path:
    """A component that knows the schema of fc3."""
    schema = os.environ.get("FC3_SCHEMA")
    if not schema:
        pytest.skip("FC3_SCHEMA is not set. Point it to src/schema.json of the fc3 component (devsapp/fc3).")
    folder = tmp_path / "fc3"
    folder.mkdir()
    shutil.copy(schema, folder / "schema.json")
    (folder / "index.js").write_text(COMPONENT, encoding="utf-8")
    package = {"name": "fc3", "version": "0.0.1", "main": "index.js"}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def test_s_reads_the_file_as_the_local_system_does(s: S, tmp_path: Path) -> None:
    shutil.copy(S_YAML, tmp_path / "s.yaml")

    preview = s("preview", "-o", "json")

    assert preview.returncode == 0, preview.stdout + preview.stderr
    theirs = json.loads(preview.stdout[preview.stdout.index("\n{") :])
    ours = resolve(DOCUMENT, ENV, account_id=ACCOUNT_ID)
    assert {key: resource["props"] for key, resource in theirs["resources"].items()} == {
        key: resource["props"] for key, resource in ours["resources"].items()
    }


def test_s_finds_nothing_wrong(s: S, component: Path, tmp_path: Path) -> None:
    _write(tmp_path, DOCUMENT, component)

    verified = s("verify")

    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("runtime", "python3.13", "one of the allowed values"),
        ("memorySize", 250, "multiple of 64"),
        ("timeout", 0, ">= 1"),
        ("diskSize", 1024, "one of the allowed values"),
        ("region", "hangzhou", "one of the allowed values"),
    ],
)
def test_s_finds_a_mistake(
    setting: str, value: object, complaint: str, s: S, component: Path, tmp_path: Path
) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["resources"]["callback"]["props"][setting] = value
    _write(tmp_path, document, component)

    verified = s("verify")

    assert verified.returncode == 1
    assert complaint in verified.stdout + verified.stderr


def _write(folder: Path, document: dict[str, Any], component: Path) -> None:
    known = {
        **document,
        "resources": {
            key: {**resource, "component": str(component)} for key, resource in document["resources"].items()
        },
    }
    (folder / "s.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
