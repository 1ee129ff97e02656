"""A whole company asks in one moment, and no instance is warm: DingTalk pushes a message once."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from devserver.settings import ROOT
from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost
from emulators.function_compute.runtimes.programs import Programs
from rag_on_dingtalk.cloud.job_codec import decode_job
from rag_on_dingtalk.dingtalk.signature import robot_sign
from rag_on_dingtalk.models.question import Question, turn_id_of
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.reading import encode_bots
from rag_on_dingtalk.texts import Texts
from tests.conftest import load_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "burst-client-secret"
PUSHES = 500
ASK_AGAIN = json.dumps(
    {"msgtype": "text", "text": {"content": Texts("zh").say("not_queued")}},
    ensure_ascii=False,
    separators=(",", ":"),
)

#: Takes every job and does nothing: what is asked here is whether the callback loses one.
ANSWER = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Done(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("x-fc-status", "200")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


port = int(os.environ["FC_CUSTOM_LISTEN_PORT"])
ThreadingHTTPServer((os.environ["LISTEN_HOST"], port), Done).serve_forever()
"""


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[FunctionComputeHost]:
    """The functions with the numbers of the deployed s.yaml, nothing started yet."""
    (tmp_path / "bots.json").write_bytes(encode_bots(load_bots(ROOT / "devserver" / "bots.yaml")))
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "app.py").write_text(ANSWER)
    host = FunctionComputeHost(
        s_yaml=ROOT / "infra" / "s.yaml",
        env={
            "BOTS_FILE": str(tmp_path / "bots.json"),
            "DINGTALK_CLIENT_SECRET": SECRET,
            "TABLESTORE_ENDPOINT": "http://127.0.0.1:9",
            "TABLESTORE_INSTANCE": "none",
        },
        credentials={"AKID": "SECRET"},
        faults=FaultBoard(),
        programs=Programs(
            folder=lambda code: (
                ROOT / "functions" / "callback" if Path(code).stem == "callback" else tmp_path / "answer"
            ),
            python_path=(str(ROOT / "layers" / "common"),),
            python=(sys.executable,),
        ),
    )
    await host.start()
    yield host
    await host.stop()


async def test_of_five_hundred_pushes_to_a_cold_fleet_none_is_refused_and_none_goes_unanswered(
    host: FunctionComputeHost,
) -> None:
    messages = [f"msgBurst{number:03}==" for number in range(PUSHES)]
    url = host.trigger_url("rag-on-dingtalk-callback") + "/robot/handbook"
    # A push is sent when its turn on this machine's two cores comes; no push waits for another's answer.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as dingtalk:
        pushed = await asyncio.gather(*(push(dingtalk, url, message) for message in messages))
    answers = dict(zip(messages, pushed, strict=True))

    assert {status for status, _ in answers.values()} == {200}
    jobs = [decode_job(task.payload) for task in host.tasks()]
    queued = {job.turn_id for job in jobs if isinstance(job, Question)}
    assert len(queued) == len(jobs)
    # Here one loop is DingTalk, gateway and queue in one. Where the queue's answer comes too late for
    # DingTalk's 2.5 s, the person is told to ask again.
    told = {message for message, (_, body) in answers.items() if body == ASK_AGAIN}
    assert {message for message in messages if turn_id_of("handbook", message) not in queued} <= told


async def push(dingtalk: httpx.AsyncClient, url: str, message: str) -> tuple[int, str]:
    """Status and body of the answer to one message, signed when it is sent."""
    now = str(time.time_ns() // 1_000_000)
    body = load_event("robot_text_private") | {"msgId": message, "createAt": int(now)}
    headers = {"timestamp": now, "sign": robot_sign(now, SECRET)}
    answer = await dingtalk.post(url, json=body, headers=headers)
    return answer.status_code, answer.text
