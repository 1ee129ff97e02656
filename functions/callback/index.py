"""DingTalk → queue. FC calls `handler` with an HTTP trigger event, one at a time per instance."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import Any

from rag_on_dingtalk.config import Bot, decode_bots, resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.intake.callback import Callback
from rag_on_dingtalk.intake.robot import Door
from rag_on_dingtalk.queue.acs3 import Credentials
from rag_on_dingtalk.queue.function_compute import AsyncInvoker, invoke_endpoint
from rag_on_dingtalk.telemetry.lines import LogLine, line_logger


def handler(event: bytes, context: object) -> dict[str, Any]:  # noqa: ARG001 - FC passes it
    """Answer one push."""
    return _callback().answer(event).as_event()


def initialize(context: object) -> None:  # noqa: ARG001 - FC passes it
    """FC's initializer hook: build everything before the first push arrives."""
    _callback()


@lru_cache(maxsize=1)
def _callback() -> Callback:
    log = line_logger("callback")
    # Not pathlib: importing it would be a tenth of the cold start.
    with open(os.environ["BOTS_FILE"], "rb") as file:  # noqa: PTH123
        bots = decode_bots(file.read()).bots
    invoker = AsyncInvoker(
        endpoint=invoke_endpoint(os.environ),
        function=os.environ["ANSWER_FUNCTION"],
        credentials=lambda: Credentials.from_environ(os.environ),
    )
    return Callback(
        doors={name: _door(name, bot, log) for name, bot in bots.items()},
        enqueue=invoker.enqueue,
        webhook_host=os.environ.get("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
        clock=time.time,
        log=log,
    )


def _door(name: str, bot: Bot, log: LogLine) -> Door:
    try:
        secret = resolve_secret(bot.dingtalk.client_secret)
    except ConfigurationError as error:
        # One bot without its secret must not close the others.
        log("bot_closed", level="ERROR", bot=name, error=str(error))
        secret = None
    return Door(secret=secret, corp_id=bot.dingtalk.corp_id, language=bot.language)
