"""`python -m bridge`: serve every bot in Stream mode until SIGTERM or Ctrl-C.

Exit status: 0 after a signal; 1 when the configuration cannot be used, with a sentence on stderr.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from bridge.app import Bridge
from bridge.health import DEFAULT_PORT, HealthServer
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.observability.log_lines import line_logger
from rag_on_dingtalk.webhook.routes import read_settings


def main() -> int:
    """Run it."""
    log = line_logger("bridge")
    try:
        bridge = Bridge(read_settings(_bots()), os.environ, log=log)
        health = HealthServer(
            bridge,
            # The container's network reaches it, and nothing outside unless a port is published.
            host=os.environ.get("HEALTH_HOST", "0.0.0.0"),  # noqa: S104
            port=int(os.environ.get("HEALTH_PORT", DEFAULT_PORT)),
        )
    except (ConfigurationError, OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    with health:
        log("started", bots=len(bridge.bots), health_port=health.port)
        asyncio.run(_serve(bridge))
    return 0


def _bots() -> bytes:
    """The compiled bots.yaml, the file that the functions have, too."""
    path = Path(os.environ.get("BOTS_FILE") or "bots.json")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}. Make it with `python -m rag_on_dingtalk compile`, and "
            "name it in BOTS_FILE."
        ) from error


async def _serve(bridge: Bridge) -> None:
    loop = asyncio.get_running_loop()
    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, bridge.stop)
    await bridge.run()


if __name__ == "__main__":
    sys.exit(main())
