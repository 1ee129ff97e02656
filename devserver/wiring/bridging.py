"""The bridge beside the local system, in the same process: for bots whose pushes come by Stream."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from bridge.app import Bridge
from rag_on_dingtalk.observability.log_lines import own_fields
from rag_on_dingtalk.webhook.routes import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from emulators.dingtalk import DingTalkSide
    from rag_on_dingtalk.observability.log_lines import LogLine


#: What a log line of the bridge has in the place of a function's name.
BRIDGE = "bridge"

_CONNECT_SECONDS = 30.0


@asynccontextmanager
async def bridge_running(bots_file: Path, environ: Mapping[str, str], *, log: LogLine) -> AsyncIterator[None]:
    """Run the bridge as it is deployed; without a bot in Stream mode there is none.

    bots_file: the compiled bots.yaml. environ: as the bridge's container has it.

    Raises:
        ConfigurationError: see `Bridge`.
    """
    bots = read_settings(await asyncio.to_thread(bots_file.read_bytes))
    if not any(bot.dingtalk.by_stream for bot in bots.values()):
        yield
        return
    # In a thread: a secret may be in the local KMS, which this event loop serves.
    bridge = await asyncio.to_thread(Bridge, bots, environ, log=log)
    running = asyncio.create_task(bridge.run())
    try:
        yield
    finally:
        bridge.stop()
        await running


async def connected(side: DingTalkSide) -> None:
    """Wait until the emulated DingTalk can push to every robot that hears by Stream."""
    robots = [robot for robot in side.robots if robot.by_stream]
    await side.wait_for(lambda: all(side.gateway.of(robot) for robot in robots), _CONNECT_SECONDS)


def line_of(message: str, level: str, fields: Mapping[str, str | int]) -> str:
    """A log line as the bridge's container would print it."""
    return msgspec.json.encode({"level": level, "message": message, **own_fields(dict(fields))}).decode()
