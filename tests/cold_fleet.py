"""The deployed callback before its first instance has started, and pushes that all arrive in one moment."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from devserver.settings import ROOT
from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost
from emulators.function_compute.runtimes.programs import Programs
from rag_on_dingtalk.dingtalk.signature import robot_sign
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots
from tests.conftest import load_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

SECRET = "burst-client-secret"
CALLBACK = "rag-on-dingtalk-callback"

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


@dataclass(frozen=True)
class Pushed:
    """What became of one push. ms: from sending it until its answer was there."""

    status: int
    body: str
    ms: float


@asynccontextmanager
async def cold_fleet(
    folder: Path, callback: Path = ROOT / "functions" / "callback"
) -> AsyncIterator[FunctionComputeHost]:
    """The functions with the numbers of the deployed s.yaml, nothing started yet.

    callback: the folder whose `app.py` is the callback function.
    """
    (folder / "bots.json").write_bytes(encode_bots(load_bots(ROOT / "devserver" / "bots.yaml")))
    (folder / "answer").mkdir()
    (folder / "answer" / "app.py").write_text(ANSWER)
    host = FunctionComputeHost(
        s_yaml=ROOT / "infra" / "s.yaml",
        env={
            "BOTS_FILE": str(folder / "bots.json"),
            "DINGTALK_CLIENT_SECRET": SECRET,
            "TABLESTORE_ENDPOINT": "http://127.0.0.1:9",
            "TABLESTORE_INSTANCE": "none",
        },
        credentials={"AKID": "SECRET"},
        faults=FaultBoard(),
        programs=Programs(
            folder=lambda code: callback if Path(code).stem == "callback" else folder / "answer",
            python_path=(str(ROOT / "layers" / "common"),),
            python=(sys.executable,),
        ),
    )
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


async def push_at_once(host: FunctionComputeHost, messages: Sequence[str]) -> list[Pushed]:
    """Push each message when its turn on this machine comes; no push waits for another's answer."""
    url = host.trigger_url(CALLBACK) + "/robot/handbook"
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, timeout=300, trust_env=False) as dingtalk:
        return await asyncio.gather(*(_push(dingtalk, url, message) for message in messages))


async def _push(dingtalk: httpx.AsyncClient, url: str, message: str) -> Pushed:
    now = str(time.time_ns() // 1_000_000)
    body = load_event("robot_text_private") | {"msgId": message, "createAt": int(now)}
    headers = {"timestamp": now, "sign": robot_sign(now, SECRET)}
    began = time.perf_counter()
    answer = await dingtalk.post(url, json=body, headers=headers)
    return Pushed(answer.status_code, answer.text, (time.perf_counter() - began) * 1000)
