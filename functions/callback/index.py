"""DingTalk → queue. FC calls `handler` with an HTTP trigger event, one at a time per instance."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import Any

import rag_on_dingtalk.lean  # noqa: F401 - first, for its effect
from rag_on_dingtalk.acs3 import Credentials
from rag_on_dingtalk.intake.callback import Callback
from rag_on_dingtalk.intake.desk import Desk
from rag_on_dingtalk.intake.doors import Doors, read_settings
from rag_on_dingtalk.queue.function_compute import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.secrets import resolve_secret
from rag_on_dingtalk.telemetry.lines import line_logger


def handler(event: bytes, context: object) -> dict[str, Any]:  # noqa: ARG001 - FC passes it
    """Answer one push."""
    return _callback().answer(event).as_event()


def initialize(context: object) -> None:  # noqa: ARG001 - FC passes it
    """FC's initializer hook: build everything, and read every secret, before the first push arrives."""
    _callback().prepare()


@lru_cache(maxsize=1)
def _callback() -> Callback:
    log = line_logger("callback")
    # Not pathlib: importing it would be a tenth of the cold start.
    with open(os.environ["BOTS_FILE"], "rb") as file:  # noqa: PTH123
        settings = read_settings(file.read())
    invoker = AsyncInvoker(
        endpoint=invoke_endpoint(os.environ),
        function=os.environ["ANSWER_FUNCTION"],
        credentials=lambda: Credentials.from_environ(os.environ),
    )
    return Callback(
        Doors(settings, resolve=resolve_secret, log=log),
        Desk(
            enqueue=invoker.enqueue,
            webhook_host=os.environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
            clock=time.time,
            random_bytes=os.urandom,
            log=log,
        ),
    )
