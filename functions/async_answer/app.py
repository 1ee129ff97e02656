"""Queue → answer. A custom runtime: FC posts each queued job to `/invoke`, many at once."""

from __future__ import annotations

import os
import uuid
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from rag_on_dingtalk.answering.assembly import assemble
from rag_on_dingtalk.answering.parties import Invocation
from rag_on_dingtalk.config import decode_bots
from rag_on_dingtalk.queue.custom_runtime import Call, CustomRuntime
from rag_on_dingtalk.telemetry.powertools import powertools_logger

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.jobs import Jobs
    from rag_on_dingtalk.config import Bots
    from rag_on_dingtalk.model import Job

log = powertools_logger("async_answer", os.environ.get("LOG_LEVEL", "INFO"))


class Service:
    """The jobs' doers, as long as the server's event loop lives."""

    def __init__(self, bots: Bots) -> None:
        self._bots = bots
        self._open = AsyncExitStack()
        self._jobs: Jobs | None = None

    async def start(self) -> None:
        """Build everything before the first question."""
        self._jobs = await self._open.enter_async_context(assemble(self._bots.bots, os.environ, log))

    async def do(self, job: Job, call: Call) -> str:
        """Do one job within the invocation's time."""
        assert self._jobs is not None  # noqa: S101 - FC invokes only after the server has started
        started_ms = int(call.started * 1000)
        invocation = Invocation(
            owner=f"{call.request_id}/{uuid.uuid4().hex}",
            started_ms=started_ms,
            deadline_ms=started_ms + int(call.timeout * 1000),
        )
        return await self._jobs.do(job, invocation)

    async def stop(self) -> None:
        """Close every connection."""
        await self._open.aclose()


def main() -> None:
    """Serve until FC ends the process."""
    service = Service(decode_bots(Path(os.environ["BOTS_FILE"]).read_bytes()))
    runtime = CustomRuntime(start=service.start, handle=service.do, stop=service.stop, log=log)
    uvicorn.run(
        runtime,
        # FC reaches the server through the instance's own network; a laptop must not.
        host=os.environ.get("LISTEN_HOST", "0.0.0.0"),  # noqa: S104
        port=int(os.environ.get("FC_CUSTOM_LISTEN_PORT", "9000")),
        log_level="warning",
        access_log=False,
        # FC keeps the connection; closing it first would cost an invocation.
        timeout_keep_alive=900,
    )


if __name__ == "__main__":
    main()
