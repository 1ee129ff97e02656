"""The administrators' pages. A custom runtime: FC hands over the HTTP trigger's requests as they are."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rag_on_dingtalk

from rag_on_dingtalk import startup  # isort: skip - before what is large
import uvicorn

# The pages are in this function's own zip: the layer, which every cold start unpacks, has no use for them.
rag_on_dingtalk.__path__.append(str(Path(__file__).with_name("rag_on_dingtalk")))

from rag_on_dingtalk.console.building import open_console  # noqa: E402 - only now it is found
from rag_on_dingtalk.observability.log_lines import line_logger  # noqa: E402 - as above
from rag_on_dingtalk.settings.bots_document import decode_bots  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

    from rag_on_dingtalk.settings.bot import Bots

log = line_logger("console")


class Service:
    """The console, as long as the server's event loop lives."""

    def __init__(self, bots: Bots) -> None:
        self._bots = bots
        self._app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's start and end."""
        if scope["type"] != "lifespan":
            assert self._app is not None  # noqa: S101 - requests come only after the server has started
            await self._app(scope, receive, send)
            return
        await receive()
        async with self._open():
            startup.finish()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        async with open_console(self._bots, os.environ, log) as self._app:
            yield


def main() -> None:
    """Serve until FC ends the process."""
    uvicorn.run(
        Service(decode_bots(Path(os.environ["BOTS_FILE"]).read_bytes())),
        # FC reaches the server through the instance's own network; a laptop must not.
        host=os.environ.get("LISTEN_HOST", "0.0.0.0"),  # noqa: S104
        port=int(os.environ.get("FC_CUSTOM_LISTEN_PORT", "9000")),
        # Its lines go the way of every library's, see observability/libraries.py.
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="none",
        server_header=False,
        # FC keeps the connection; closing it first would cost an invocation.
        timeout_keep_alive=900,
    )


if __name__ == "__main__":
    main()
