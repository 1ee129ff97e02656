"""Timer → close what is stuck: find questions whose owners died for good, and tell their askers."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from rag_on_dingtalk import startup  # isort: skip - first, for its effect
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.observability.powertools import powertools_logger
from rag_on_dingtalk.settings.bots_document import decode_bots
from rag_on_dingtalk.worker.container import open_worker
from rag_on_dingtalk.worker.invocation import Invocation

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bots

log = powertools_logger("housekeeping", os.environ.get("LOG_LEVEL", "INFO"))

#: As in infra/s.yaml; python3.12's context does not say how much time is left.
TIMEOUT_SECONDS = 120


def handler(event: bytes, context: object) -> dict[str, int]:  # noqa: ARG001 - FC passes both
    """One round."""
    bots = decode_bots(Path(os.environ["BOTS_FILE"]).read_bytes())
    told = asyncio.run(_tidy(bots))
    log("tidied", told=told)
    return {"told": told}


async def _tidy(bots: Bots) -> int:
    started_ms = now_ms()
    invocation = Invocation(
        owner=uuid.uuid4().hex, started_ms=started_ms, deadline_ms=started_ms + TIMEOUT_SECONDS * 1000
    )
    async with open_worker(bots.bots, os.environ, log) as dispatcher:
        return await dispatcher.clean_up(invocation)


startup.finish()
