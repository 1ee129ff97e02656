"""The least that a custom runtime in Python is: uvicorn with an application of one line. Run as a program."""

from __future__ import annotations

import os
from typing import Any

import uvicorn


async def app(_scope: Any, _receive: Any, _send: Any) -> None:
    """Nothing is asked of it."""


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["FC_CUSTOM_LISTEN_PORT"]), log_level="warning")
