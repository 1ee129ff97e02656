"""The bridge between the emulated DingTalk and a queue that is Function Compute's, on the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bridge.app import Bridge
from emulators.dingtalk import DingTalkSide, PushOutcome, RobotApp, StreamTimes
from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost
from rag_on_dingtalk.cloud.job_codec import decode_job
from rag_on_dingtalk.dingtalk.stream.timing import Timing
from rag_on_dingtalk.settings.bot_base import AnswerFunction, BotBase
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate, DingTalkApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rag_on_dingtalk.models.jobs import Job

PATIENCE = 120.0
CLIENT_ID, CORP_ID = "dingexample0appkey01", "dingexamplecorp0001"
#: Attempts follow at once, so that no test waits.
AT_ONCE = Timing(first_pause=0.0, refused_pause=0.0, longest_refused_pause=0.0)
FUNCTION = """
edition: 3.0.0
name: test
resources:
  answer:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: answer
      runtime: python3.12
      handler: index.handler
      code: .
  own:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: answer-handbook
      runtime: python3.12
      handler: index.handler
      code: .
"""


def settings(*, answer_function: AnswerFunction | None = None, **more: Any) -> BotBase:
    card = CardTemplate(id="own.schema", variable="content", buttons=True)
    given = {"client_id": CLIENT_ID, "client_secret": "env:SECRET", "mode": "stream", "card": card}
    app = DingTalkApp(**{**given, **more})
    return BotBase(dingtalk=app, answer_function=answer_function)


@dataclass
class Running:
    """A bridge, what it is between, and what it logged."""

    side: DingTalkSide
    host: FunctionComputeHost
    robot: RobotApp
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def log(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        self.lines.append((message, {"level": level, **fields}))

    def bridge(self, **more: Any) -> Bridge:
        return Bridge({"handbook": settings(**more)}, self.environ, log=self.log, timing=AT_ONCE)

    @asynccontextmanager
    async def running(self, **more: Any) -> AsyncIterator[Bridge]:
        bridge = self.bridge(**more)
        before = set(self.side.gateway.of(self.robot))
        task = asyncio.create_task(bridge.run())
        try:
            await self.side.wait_for(lambda: set(self.side.gateway.of(self.robot)) - before, PATIENCE)
            yield bridge
        finally:
            bridge.stop()
            await task

    async def ask(self, text: str = "年假有几天？", **more: Any) -> PushOutcome:
        side = self.side
        return await side.say(
            person=side.person("小明"), conversation=side.group(), robot=self.robot, text=text, **more
        )

    @property
    def jobs(self) -> list[Job]:
        """What lies or lay in the queue."""
        return [decode_job(task.payload) for task in self.host.tasks()]


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest_asyncio.fixture
async def between(tmp_path: Path, faults: FaultBoard) -> AsyncIterator[Running]:
    (tmp_path / "s.yaml").write_text(FUNCTION)
    (tmp_path / "index.py").write_text("def handler(event, context):\n    return event\n")
    robot = RobotApp(
        name="handbook",
        client_id=CLIENT_ID,
        client_secret="secret-1",
        title="员工手册助手",
        card_templates={"own.schema": "content"},
        by_stream=frozenset({"messages", "events"}),
    )
    side = DingTalkSide(robots=[robot], faults=faults, qps=None)
    side.gateway.times = StreamTimes(ping=3600.0, message_again=(), event_again=(0.0,))
    await side.start()
    host = FunctionComputeHost(
        s_yaml=tmp_path / "s.yaml", env={}, credentials={"AKID": "SECRET"}, faults=faults
    )
    await host.start()
    yield Running(
        side,
        host,
        robot,
        environ={
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "AKID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "SECRET",
            "ANSWER_FUNCTION": "answer",
            "DINGTALK_API_URL": side.url,
            "DINGTALK_OAPI_URL": side.url,
            "INVOKE_ENDPOINT": host.api_url,
            "SECRET": "secret-1",
        },
    )
    await host.stop()
    await side.stop()
