"""The HTTP clients' libraries, imported without what a function has no use for, if this is imported first.

httpx brings a command line if click is there, as it is with uvicorn; aiohttp reads the public authorities
when it is imported, httpx once more for each client.
"""

from __future__ import annotations

import ssl
import sys
from functools import cache
from typing import Any


@cache
def trust() -> ssl.SSLContext:
    """The public authorities, read once for all clients of the process."""
    import httpx  # see below

    return httpx.create_ssl_context()


def _import_lean() -> None:
    # A module that is None cannot be imported.
    modules: dict[str, Any] = sys.modules
    if "httpx" not in modules:
        modules["httpx._main"] = None
        try:
            import httpx  # noqa: F401
        finally:
            del modules["httpx._main"]
    if "aiohttp.connector" not in modules:
        shared, real = trust(), ssl.create_default_context
        ssl.create_default_context = lambda *_, **__: shared
        # For a context that verifies no one, too, it reads the authorities.
        ssl.SSLContext.set_default_verify_paths = lambda _: None  # type: ignore[method-assign,assignment]
        try:
            import aiohttp  # noqa: F401
        finally:
            ssl.create_default_context = real
            del ssl.SSLContext.set_default_verify_paths


_import_lean()
