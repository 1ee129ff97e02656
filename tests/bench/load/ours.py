"""The real worker over the real SDK, without Function Compute around it. Run as a program."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from typing import TYPE_CHECKING

from rag_on_dingtalk import startup  # isort: skip - first, as in a function
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.settings.bots_document import convert_bots
from rag_on_dingtalk.worker import container
from rag_on_dingtalk.worker.invocation import Invocation
from tests.bench.load.running import run
from tests.in_process import MemoryRows

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bots


class _Memory(MemoryRows):
    def __init__(self, **_: object) -> None:
        super().__init__()

    async def close(self) -> None:
        """Nothing is open."""


def bots_for(url: str, *, streaming: str, per_second: int) -> Bots:
    """One bot over the other side."""
    app = {
        "client_id": "ding1",
        "client_secret": "env:SECRET",
        "card": {"id": "t.schema", "variable": "content"},
        "budget": {"monthly_calls": 100_000_000, "calls_per_second": per_second},
    }
    backend = {"kind": "openai", "base_url": f"{url}/v1", "api_key": "env:SECRET", "model": "m"}
    bot = {"title": "t", "streaming": streaming, "dingtalk": app, "backend": backend}
    return convert_bots({"bots": {"handbook": bot}})


def _log(message: str, *, level: str = "INFO", **fields: str | int) -> None:
    if level != "INFO":
        print(message, fields, file=sys.stderr)


async def main() -> None:
    url = os.environ["OTHER_SIDE"]
    os.environ |= {"SECRET": "secret", "DINGTALK_API_URL": url, "DINGTALK_OAPI_URL": url}
    bots = bots_for(
        url,
        streaming=os.environ.get("STREAMING", "live"),
        per_second=int(os.environ.get("PER_SECOND", "1000000")),
    )
    if os.environ.get("STORE") == "memory":
        # Without the codec of Tablestore's SDK, and without the emulator's own time.
        container.Rows = _Memory  # type: ignore[assignment,attr-defined]  # the same methods over a dictionary
        os.environ |= {"TABLESTORE_ENDPOINT": "", "TABLESTORE_INSTANCE": ""}
    async with container.open_worker(bots.bots, os.environ, _log) as dispatcher:
        startup.finish()
        run_id = uuid.uuid4().hex[:8]

        async def answer(number: str) -> None:
            # A store that has answered a turn answers it no second time.
            name, began = f"{run_id}-{number}", now_ms()
            question = Question(
                turn_id=name,
                bot="handbook",
                message_id=f"m-{name}",
                text=name,
                message_type="text",
                sender=Sender("encrypted", f"user-{name}", "小明"),
                conversation=Conversation(f"c-{name}", ConversationType.ONE_TO_ONE),
                asked_ms=began,
            )
            await dispatcher.dispatch(question, Invocation(uuid.uuid4().hex, began, began + 300_000, 0))

        await run(answer)


if __name__ == "__main__":
    asyncio.run(main())
