"""Queue → answer. A custom runtime: FC posts each queued job to `/invoke`, many at once."""

from __future__ import annotations

import os
import uuid
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

# In this order: the second before anything that imports httpx or aiohttp.
from rag_on_dingtalk import startup  # isort: skip
import rag_on_dingtalk.net.clients  # noqa: F401  # isort: skip
from rag_on_dingtalk.cloud.asgi import serve
from rag_on_dingtalk.cloud.fc_runtime import Call, CustomRuntime
from rag_on_dingtalk.observability.powertools import powertools_logger
from rag_on_dingtalk.settings.bots_document import decode_bots
from rag_on_dingtalk.settings.checks.console import signing_bot
from rag_on_dingtalk.worker.container import open_worker
from rag_on_dingtalk.worker.invocation import Invocation

if TYPE_CHECKING:
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.settings.bot import Bots
    from rag_on_dingtalk.worker.dispatcher import Dispatcher

log = powertools_logger("async_answer", os.environ.get("LOG_LEVEL", "INFO"))


class Service:
    """The worker, as long as the server's event loop lives."""

    def __init__(self, bots: Bots) -> None:
        self._bots = bots
        self._open = AsyncExitStack()
        self._dispatcher: Dispatcher | None = None

    async def start(self) -> None:
        """Build everything before the first question."""
        console_bot = signing_bot(self._bots) if self._bots.console is not None else ""
        self._dispatcher = await self._open.enter_async_context(
            open_worker(self._bots.bots, os.environ, log, console_bot=console_bot)
        )
        startup.finish()

    async def do(self, job: Job, call: Call) -> str:
        """Do one job within the invocation's time."""
        assert self._dispatcher is not None  # noqa: S101 - FC invokes only after the server has started
        started_ms = int(call.started * 1000)
        invocation = Invocation(
            owner=f"{call.request_id}/{uuid.uuid4().hex}",
            started_ms=started_ms,
            deadline_ms=started_ms + int(call.timeout * 1000),
            retries=call.retries,
        )
        return await self._dispatcher.dispatch(job, invocation)

    async def stop(self) -> None:
        """Close every connection."""
        await self._open.aclose()


def main() -> None:
    """Serve until FC ends the process."""
    service = Service(decode_bots(Path(os.environ["BOTS_FILE"]).read_bytes()))
    runtime = CustomRuntime(start=service.start, handle=service.do, stop=service.stop, log=log)
    # FC reaches the server through the instance's own network; a laptop must not.
    host = os.environ.get("LISTEN_HOST", "0.0.0.0")  # noqa: S104
    serve(runtime, host=host, port=int(os.environ.get("FC_CUSTOM_LISTEN_PORT", "9000")))


if __name__ == "__main__":
    main()
