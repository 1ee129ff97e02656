"""uvicorn, without its command line: click and the options are a tenth of an instance's start."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMAND_LINE = "uvicorn.main"
#: FC keeps the connection; closing it first would cost an invocation. In seconds.
_KEEP_ALIVE = 900


def serve(app: Callable[..., Any], *, host: str, port: int) -> None:
    """Serve until the process is ended. The lines of the server go the way of every library's."""
    config, server = _server()
    server(
        config(
            app,
            host=host,
            port=port,
            log_config=None,
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE,
        )
    ).run()


def _server() -> tuple[Any, Any]:
    stands_in = "uvicorn" not in sys.modules
    if stands_in:
        # The package imports these names of it, and nothing here uses them.
        module = ModuleType(_COMMAND_LINE)
        module.__dict__.update(dict.fromkeys(("Server", "main", "run")))
        sys.modules[_COMMAND_LINE] = module
    try:
        from uvicorn.config import Config
        from uvicorn.server import Server
    finally:
        if stands_in:
            del sys.modules[_COMMAND_LINE]
    return Config, Server
