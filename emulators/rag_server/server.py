"""The knowledge server on a loopback port."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from emulators.rag_server.answering.answerers import Quoter
from emulators.rag_server.answering.generating import Generator, ModelSettings
from emulators.rag_server.answering.history import History
from emulators.rag_server.answering.knowledge import KnowledgeBase
from emulators.rag_server.http.hangup import HangUp
from emulators.rag_server.products import PRODUCTS
from emulators.rag_server.retrieval.documents import load_documents
from emulators.rag_server.retrieval.workspaces import workspaces_over
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from uvicorn._types import ASGIApplication

    from emulators.faults import FaultBoard
    from emulators.rag_server.http.recording import RecordedRequest

HANDBOOK = Path(__file__).parent / "handbook"


class KnowledgeServer:
    """Answers questions about a handbook over the API of a RAG product.

    Args:
        api_key: the one key it accepts.
        faults: declares and honours `knowledge.*`.
        kind: the product, a key of `PRODUCTS`.
        app: the kind of app, where the product has several; "" for the usual one.
        version: of the product; "" for the newest one that is known.
        piece_delay: seconds between the pieces of a quoted answer.
        history: SQLite file for the sessions; None keeps them in memory.
        environment: OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL make a model write the answers.
        handbook: folder with the Markdown documents.
        sleep: how it waits; tests pass their own.

    Raises:
        UnknownAppError: the product has no such kind of app.
        UnknownVersionError: the server cannot be of that version.
    """

    def __init__(  # noqa: PLR0913 - a composition
        self,
        *,
        api_key: str,
        faults: FaultBoard,
        kind: str = "anythingllm",
        app: str = "",
        version: str = "",
        piece_delay: float = 0.02,
        history: Path | None = None,
        environment: Mapping[str, str] | None = None,
        handbook: Path = HANDBOOK,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._product = PRODUCTS[kind]
        self._app = self._product.app(app)
        self._version = self._product.version(self._app, version)
        self._product.declare(faults)
        settings = ModelSettings.read(environment or {})
        workspaces = workspaces_over(load_documents(handbook))
        self._answerer = Generator(settings) if settings else Quoter(piece_delay, sleep)
        self._history = History(history)
        knowledge = KnowledgeBase(workspaces, self._answerer, self._history, faults, sleep, time.time)
        self._api = self._product.build(knowledge, api_key, self._app, self._version)
        # As a product serves what it took out of documents: by a path alone, without a key.
        pictures = Mount("/pictures", StaticFiles(directory=handbook / "pictures", check_dir=False))
        self.app = HangUp(Starlette(routes=[pictures, *self._api.routes()]))
        self._server: LoopbackServer | None = None

    @property
    def requests(self) -> list[RecordedRequest]:
        """Everything that was asked for, oldest first."""
        return self._api.router.requests

    @property
    def model(self) -> str:
        """Who writes the answers: the model's name, or `quote`."""
        return self._answerer.model

    @property
    def product(self) -> str:
        """Whose API it speaks, as people call it: `Dify 1.12 (chatflow)`."""
        return self._product.name(self._app, self._version)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        if self._server is None:
            raise RuntimeError("The knowledge server has no address yet. Await start() first.")
        return self._server.url

    @property
    def base_url(self) -> str:
        """What a client of the product is configured with."""
        return f"{self.url}{self._product.base_of(self._app, self._version)}"

    async def start(self, port: int = 0) -> None:
        """Listen on a loopback port; 0 lets the system choose."""
        # Starlette and uvicorn each describe ASGI with types of their own.
        self._server = LoopbackServer(cast("ASGIApplication", self.app), port=port)
        await self._server.start()

    async def stop(self) -> None:
        """Close the port, the model connections and the history; an unfinished answer is kept as it is."""
        await self.app.drop_all()
        await self._api.close()
        if self._server is not None:
            await self._server.stop()
        await self._answerer.close()
        self._history.close()
