"""Libraries that log what must not be in a log: every address they call, with whatever it carries."""

from __future__ import annotations

import logging

_TALKATIVE = ("httpx", "httpcore", "aiohttp", "hpack")


def quiet_http_clients() -> None:
    """Let HTTP clients log nothing, at any level: their INFO and DEBUG lines hold whole addresses.

    What went wrong with a call is in the error of this package that follows it.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
