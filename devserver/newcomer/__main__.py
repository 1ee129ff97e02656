"""`python -m devserver.newcomer`: walk the way in a fresh clone and write it down."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devserver.newcomer.page import PAGES, Done, page, tidied
from devserver.newcomer.steps import ANSWERS, ASK, DEMO, REPOSITORY, STEPS
from devserver.settings import ROOT
from emulators.cloud import CloudSide
from emulators.faults import FaultBoard

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from devserver.newcomer.steps import Step

ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
#: Made up, as the account is.
KEY_ID, KEY_SECRET = "LTAIexampleAccessKey", "made-up-access-key-secret"
#: What is passed on of this machine's settings.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG")
_PATIENCE = 900.0
_EXPORT = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)


class FailedStepError(RuntimeError):
    """Raised when a command ends otherwise than it should: then there is nothing to write down."""


class Walk:
    """One walk in a folder that is thrown away."""

    def __init__(self, folder: Path, cloud: CloudSide) -> None:
        self._clone = folder / "rag-on-dingtalk"
        self._folder = folder
        self._demo: Process | None = None
        self._environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # The settings of pip that this machine needs.
        self._environ |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        self._environ |= {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self._cloud = cloud
        self._port = ""
        self._addresses = {
            str(ROOT): REPOSITORY,
            str(self._clone): "~/rag-on-dingtalk",
            str(Path.home()): "~",
        }

    async def step(self, step: Step) -> Done:
        """Carry one command out.

        Raises:
            FailedStepError: it did not end well.
        """
        begin = time.monotonic()
        output = await (self._start_demo() if step.command == DEMO else self._run(step.command))
        seconds = time.monotonic() - begin
        if step.command == DEMO:
            await self._prepare()
        return Done(step, tidied(output, self._addresses), seconds)

    async def stop(self) -> None:
        """End what still runs."""
        if self._demo is not None and self._demo.returncode is None:
            os.killpg(self._demo.pid, signal.SIGINT)
            await self._demo.wait()

    async def _run(self, command: str) -> str:
        there = self._clone if self._clone.exists() else self._folder
        if command.startswith(ASK):
            command = f"{command} ARGS='--port {self._port}'"
        process = await self._process(command.replace(REPOSITORY, str(ROOT)), there)
        out, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
        if process.returncode:
            raise FailedStepError(f"{command!r} ended with {process.returncode}:\n{out.decode()}")
        return out.decode()

    async def _start_demo(self) -> str:
        self._demo = await self._process(f"{DEMO} ARGS='--port 0'", self._clone)
        assert self._demo.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = (await asyncio.wait_for(self._demo.stdout.readline(), _PATIENCE)).decode()
            if not line:
                raise FailedStepError(f"{DEMO} ended:\n{said}")
            said += line
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert found is not None
        self._port = found[1]
        self._addresses |= {f"127.0.0.1:{self._port}": "127.0.0.1:8765", f" --port {self._port}": ""}
        return said

    async def _process(self, command: str, folder: Path) -> Process:
        return await asyncio.create_subprocess_exec(
            *("bash", "-c", command),
            cwd=folder,
            env=self._environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    async def _prepare(self) -> None:
        """The demo's DingTalk and knowledge base stand for the real ones, the emulated cloud for the rest."""
        exports = dict(_EXPORT.findall(await self._run(".venv/bin/python -m devserver --env")))
        bots = json.loads(await self._run(f"cat {exports['BOTS_FILE']}"))["bots"]
        knowledge = bots["handbook"]["backend"]["base_url"]
        answers = ANSWERS.replace("https://kb.example.com", knowledge)
        await self._run(f"cat > answers.yaml <<'END'\n{answers}END")
        self._environ |= {
            **self._cloud.environ,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
            "DINGTALK_API_URL": exports["DINGTALK_API_URL"],
            "DINGTALK_OAPI_URL": exports["DINGTALK_OAPI_URL"],
            **{name: exports[name] for name in ("DINGTALK_CLIENT_SECRET", "ANYTHINGLLM_API_KEY")},
        }
        instance = f"{REGION}.ots.aliyuncs.com"
        self._addresses |= {
            knowledge: "https://kb.example.com",
            exports["DINGTALK_API_URL"]: "https://api.dingtalk.com",
            exports["CALLBACK_URL"]: "https://callback.example.com",
            exports["INVOKE_ENDPOINT"]: f"https://{ACCOUNT}.{REGION}.fc.aliyuncs.com",
            self._cloud.environ["TABLESTORE_ENDPOINT"]: f"https://<instance>.{instance}",
        }


async def walk() -> list[Done]:
    """Every step, in a fresh clone.

    Raises:
        FailedStepError: a command did not end well.
    """
    cloud = CloudSide(account=ACCOUNT, region=REGION, secrets={KEY_ID: KEY_SECRET}, faults=FaultBoard())
    folder = Path(tempfile.mkdtemp(prefix="rag-on-dingtalk-newcomer-"))
    await cloud.start()
    way = Walk(folder, cloud)
    try:
        done = []
        for step in STEPS:
            print(f"$ {step.command}", flush=True)
            done.append(await way.step(step))
        return done
    finally:
        await way.stop()
        await cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Walk and write; 1: a command failed."""
    try:
        done = asyncio.run(walk())
    except FailedStepError as error:
        print(error, file=sys.stderr)
        return 1
    for language, name in PAGES.items():
        (ROOT / "docs" / name).write_text(page(done, language), encoding="utf-8")
        print(f"Wrote docs/{name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
