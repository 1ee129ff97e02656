"""Our invoker against a Function Compute host that checks every signature."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from emulators.faults import FaultBoard
from emulators.function_compute import FunctionComputeHost
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker
from rag_on_dingtalk.errors import QueueError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FUNCTION = """
edition: 3.0.0
name: test
resources:
  echo:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: echo
      runtime: python3.12
      handler: index.handler
      code: .
"""


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[FunctionComputeHost]:
    (tmp_path / "s.yaml").write_text(FUNCTION)
    (tmp_path / "index.py").write_text("def handler(event, context):\n    return event\n")
    host = FunctionComputeHost(
        s_yaml=tmp_path / "s.yaml", env={}, credentials={"AKID": "SECRET"}, faults=FaultBoard()
    )
    await host.start()
    yield host
    await host.stop()


async def enqueue(host: FunctionComputeHost, credentials: Credentials, function: str = "echo") -> str:
    invoker = AsyncInvoker(endpoint=host.api_url, function=function, credentials=lambda: credentials)
    with closing(invoker):
        return await asyncio.to_thread(invoker.enqueue, "你好".encode())


@pytest.mark.parametrize("token", ["", "STS"], ids=["user key", "role"])
async def test_a_signed_invocation_is_queued_and_runs(host: FunctionComputeHost, token: str) -> None:
    request_id = await enqueue(host, Credentials("AKID", "SECRET", token))
    await host.idle()

    (task,) = host.tasks()
    assert (task.request_id, task.status, task.payload) == (request_id, "Succeeded", "你好".encode())


@pytest.mark.parametrize("credentials", [Credentials("AKID", "WRONG"), Credentials("NOBODY", "SECRET")])
async def test_a_wrong_signature_is_refused(host: FunctionComputeHost, credentials: Credentials) -> None:
    with pytest.raises(QueueError, match="answered 403"):
        await enqueue(host, credentials)
    assert host.tasks() == []


async def test_a_misspelt_function_is_named_in_the_error(host: FunctionComputeHost) -> None:
    with pytest.raises(QueueError, match=r"answered 404 .*FunctionNotFound"):
        await enqueue(host, Credentials("AKID", "SECRET"), function="ecko")
