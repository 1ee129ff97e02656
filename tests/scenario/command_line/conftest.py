"""One engineer's folder, an account in the cloud, and what runs `setup` between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from devserver.settings import ROOT
from emulators.cloud import CloudSide
from emulators.faults import FaultBoard
from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.setup.run import Setup
from rag_on_dingtalk.setup.task import Surroundings, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from devserver.system import LocalSystem
    from rag_on_dingtalk.setup.asking.questions import Question


PATIENCE = 120.0
ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "AKID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "KEY-SECRET"}
ROLES = [f"rag-on-dingtalk-{name}" for name in ("callback", "async-answer", "failed-answer", "housekeeping")]
#: What Log Service takes to copy the lines of the audit.
COPIER = "rag-on-dingtalk-log-copier"


class Questioned:
    """A person with a list of answers; each question is counted."""

    def __init__(self, answers: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._answers = answers
        self._secrets = secrets
        self.asked: list[str] = []

    def answer(self, question: Question, default: str) -> str:
        self.asked.append(question.name)
        return self._answers.get(question.name, default)

    def secret(self, name: str, purpose: str) -> str:
        assert purpose
        self.asked.append(name)
        return self._secrets[name]


class Rig:
    """One engineer's folder, an account in the cloud, and DingTalk and a knowledge base that run."""

    def __init__(self, folder: Path, cloud: CloudSide, faults: FaultBoard, system: LocalSystem) -> None:
        self.folder = folder
        self.cloud = cloud
        self.faults = faults
        self.system = system
        self.environ = {
            **KEY,
            **cloud.environ,
            "DINGTALK_API_URL": system.dingtalk.url,
            "DINGTALK_OAPI_URL": system.dingtalk.url,
        }
        self.answers = {
            "client_id": "dingexample0appkey01",
            "base_url": system.knowledge.base_url,
            "workspace": "handbook",
        }
        self.secrets = {
            "DINGTALK_CLIENT_SECRET": system.environ["DINGTALK_CLIENT_SECRET"],
            "ANYTHINGLLM_API_KEY": system.environ["ANYTHINGLLM_API_KEY"],
        }
        self.said: list[str] = []
        self.confirmed: list[str] = []
        self.slept: list[float] = []

    async def run(
        self,
        *,
        flags: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        person: Questioned | None = None,
        confirm: Callable[[str], bool] | None = None,
        **task: Any,
    ) -> int:
        """Run setup; what it says is kept in `said`."""
        self.said.clear()
        self.confirmed.clear()
        given = Task(
            root=ROOT,
            folder=self.folder,
            flags=flags or {},
            answers={**self.answers, **self.secrets} if answers is None else answers,
            **task,
        )

        def agreed(prompt: str) -> bool:
            self.confirmed.append(prompt)
            return confirm(prompt) if confirm else True

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        async with Web(trust_env=False) as web:
            around = Surroundings(
                environ={**self.environ, **(environ or {})},
                web=web,
                person=person,
                confirm=agreed,
                say=self.said.append,
                sleep=sleep,
                make=lambda length: "m" * length,
                run="run-1",
            )
            return await Setup(given, around).carry_out()

    def file(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def lines(self, mark: str) -> list[str]:
        """What is said behind a mark, up to its colon."""
        return [line[2:].partition(":")[0] for line in self.said if line.startswith(f"{mark} ")]


@pytest_asyncio.fixture(loop_scope="session")
async def rig(system: LocalSystem, tmp_path: Path) -> AsyncIterator[Rig]:
    faults = FaultBoard()
    cloud = CloudSide(
        account=ACCOUNT,
        region=REGION,
        secrets={KEY["ALIBABA_CLOUD_ACCESS_KEY_ID"]: KEY["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]},
        faults=faults,
        foreign=frozenset({"rag-taken"}),
        making=2,
    )
    await cloud.start()
    yield Rig(tmp_path, cloud, faults, system)
    await cloud.stop()


def shown_secrets(rig: Rig) -> list[str]:
    """Secrets that were said; there must be none."""
    secret = [*rig.secrets.values(), KEY["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "m" * 16]
    return [line for line in [*rig.said, *rig.confirmed] for one in secret if one in line]
