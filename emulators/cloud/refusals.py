"""How the services say no."""

from __future__ import annotations


class RefusalError(Exception):
    """An answer other than 200; code and message as the service words them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
