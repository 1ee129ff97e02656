"""The custom runtime of the contract tests."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_meeting = threading.Barrier(3, timeout=10)
_initialised: list[int] = []


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        print("GET", self.path, flush=True)
        self._answer(200, self._seen(b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/initialize":
            _initialised.append(1)
        if body == b"meet":
            _meeting.wait()
        if body == b"exit":
            os._exit(3)
        if body == b"fail":
            self._answer(404, b"failed", {"x-fc-status": "404"})
        elif body == b"bare 500":
            self._answer(500, b"failed")
        else:
            self._answer(200, self._seen(body), {"x-fc-status": "200", "x-own": "yes"})

    def _seen(self, body: bytes) -> bytes:
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
            "pid": os.getpid(),
            "initialised": len(_initialised),
            "environ": dict(os.environ),
        }
        return json.dumps(seen).encode()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(
        (os.environ["LISTEN_HOST"], int(os.environ["FC_CUSTOM_LISTEN_PORT"])), Server
    ).serve_forever()
