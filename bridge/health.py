"""`/healthz`: the process runs. `/readyz`: every bot is connected. `/metrics`: see `metrics`.

`python -m bridge.health` asks for `/readyz`, for the container's health check.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from bridge.metrics import metrics_text

if TYPE_CHECKING:
    from bridge.app import Bridge

DEFAULT_PORT = 8080
_TEXT = "text/plain; charset=utf-8"


class HealthServer:
    """Answers in a thread of its own, so that a busy event loop does not look like a dead one.

    host, port: where it listens; port 0 lets the system choose.
    """

    def __init__(self, bridge: Bridge, *, host: str, port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(bridge))
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> HealthServer:  # noqa: PYI034 - typing.Self is 3.11
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(bridge: Bridge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, "ok\n")
            elif self.path == "/readyz":
                ready = bridge.ready
                self._answer(200 if ready else 503, "ready\n" if ready else "not connected\n")
            elif self.path == "/metrics":
                self._answer(200, metrics_text(bridge))
            else:
                self._answer(404, "There is /healthz, /readyz and /metrics.\n")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", _TEXT)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Write nothing: a line for every look would hide the others."""

    return Handler


def main() -> int:
    """Exit status 0 when this machine's bridge is ready."""
    port = int(os.environ.get("HEALTH_PORT", DEFAULT_PORT))
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return 0 if answer.status == 200 else 1  # noqa: PLR2004 - HTTP
    except (URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
