"""The real Serverless Devs in a folder of its own, and a stand-in for the component that it would download.

The stand-in has the commands of fc3 that the guides use. It knows what fc3 takes (fc3_facts.py), writes down
every call with what it was given, and returns what fc3 returns: the function with its environmentVariables.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from tests.infra.serverless_devs.fc3_facts import schema

INFRA = Path(__file__).parents[3] / "infra"
ACCOUNT_ID = "1000000000000001"
ENV = {
    "DINGTALK_CLIENT_SECRET": "s" * 64,
    "TABLESTORE_ENDPOINT": "https://rag-on-dingtalk.cn-hangzhou.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": "rag-on-dingtalk",
}
_COMPONENT = """
const fs = require('fs'), path = require('path');
const at = (name) => path.join(__dirname, name);
const COMMANDS = ['deploy', 'plan', 'remove', 'info', 'version', 'alias', 'concurrency', 'layer'];
class Fc3 {
  constructor() { this.commands = Object.fromEntries(COMMANDS.map((name) => [name, {}])); }
  async getSchema() { return fs.readFileSync(at('schema.json'), 'utf-8'); }
}
for (const command of COMMANDS) {
  Fc3.prototype[command] = async function (inputs) {
    const { resource, args, props } = inputs;
    const zip = path.resolve(at('..'), 'infra', props.code || '');
    const code = fs.existsSync(zip) ? fs.readFileSync(zip, 'utf-8') : '';
    const call = { command, function: resource.name, args, props, code, region: process.env.FC_REGION || '' };
    fs.appendFileSync(at('calls'), JSON.stringify(call) + '\\n');
    return { functionName: props.functionName, environmentVariables: props.environmentVariables };
  };
}
module.exports = { default: Fc3 };
"""
#: Stands for `make` of the packaging hook: "builds" zips, "publishes" a layer, writes down how it was called.
_MAKE = """#!/bin/sh
echo "$@ APP_NAME=$APP_NAME DEPLOY_REGION=$DEPLOY_REGION" >> {log}
{body}
"""


class Call(msgspec.Struct, frozen=True):
    """What the component was asked: the command, the resource, and what of it."""

    command: str
    function: str
    args: list[str]
    props: dict[str, Any]
    code: str
    region: str


class ServerlessDevs:
    """A copy of this repository's infra folder, deployed by the real `s` with the stand-in component."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), **ENV}
        self._program = program
        self._component = folder / "fc3"
        self._component.mkdir()
        (folder / "home").mkdir()
        (self._component / "index.js").write_text(_COMPONENT, encoding="utf-8")
        (self._component / "schema.json").write_text(json.dumps(schema()), encoding="utf-8")
        package = {"name": "fc3", "version": "0.0.1", "main": "index.js"}
        (self._component / "package.json").write_text(json.dumps(package), encoding="utf-8")
        shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns(".terraform", "__pycache__"))
        self.change("component: fc3@0.1.22", f"component: {self._component}")
        key = ("--AccessKeyID", "made-up", "--AccessKeySecret", "made-up", "--AccountID", ACCOUNT_ID)
        self.run("config", "add", "-a", "default", *key)

    def run(self, *command: str, **environ: str) -> str:
        """One command of `s` in the repository's folder; returns what the terminal shows.

        Raises:
            AssertionError: it failed.
        """
        status, said = self._run(command, environ)
        assert status == 0, said
        return said

    def fails(self, *command: str, **environ: str) -> str:
        """The same for a command that must not succeed."""
        status, said = self._run(command, environ)
        assert status != 0, said
        return said

    def try_(self, *command: str, **environ: str) -> None:
        """The same for a command that may end either way."""
        self._run(command, environ)

    def _run(self, command: tuple[str, ...], environ: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            [self._program, *command],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def change(self, old: str, new: str, file: str = "s.yaml") -> None:
        """Change infra/s.yaml wherever it says `old`."""
        path = self.folder / "infra" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def install_make(self, body: str) -> None:
        """Put a program called make before the real one; `body` is shell."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        script = programs / "make"
        script.write_text(_MAKE.format(log=self.folder / "made", body=body), encoding="utf-8")
        script.chmod(0o755)
        self.environ["PATH"] = f"{programs}:{os.environ['PATH']}"

    @property
    def made(self) -> list[str]:
        """How make was called."""
        log = self.folder / "made"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def calls(self) -> list[Call]:
        """What the component was asked since the last time."""
        log = self._component / "calls"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [msgspec.json.decode(line, type=Call) for line in lines]

    def logs(self) -> str:
        """Everything that `s` keeps in its own logs."""
        kept = (self.folder / "home" / ".s" / "logs").rglob("*")
        return "".join(path.read_text(encoding="utf-8") for path in kept if path.is_file())
