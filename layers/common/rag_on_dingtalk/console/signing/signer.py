"""Signed texts: what the browser carries for us and cannot change. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from rag_on_dingtalk.errors import ConfigurationError

#: A key that can be guessed signs nothing.
SHORTEST_KEY = 32


class Signer:
    """Signs with HMAC-SHA256.

    Raises:
        ConfigurationError: the key is too short.
    """

    def __init__(self, key: str) -> None:
        if len(key) < SHORTEST_KEY:
            raise ConfigurationError(
                f"The console's session key has {len(key)} characters. Give it {SHORTEST_KEY} or more: "
                "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` makes one."
            )
        self._key = key.encode()

    def sign(self, purpose: str, content: bytes) -> str:
        """The content with its signature; good for this purpose only."""
        return f"{_encoded(content)}.{_encoded(self._mac(purpose, content))}"

    def opened(self, purpose: str, signed: str) -> bytes | None:
        """The content; None where it is not one that was signed for this purpose."""
        content, _, mac = signed.partition(".")
        try:
            plain, given = _decoded(content), _decoded(mac)
        except (binascii.Error, ValueError):
            return None
        return plain if hmac.compare_digest(given, self._mac(purpose, plain)) else None

    def token(self, purpose: str, about: str) -> str:
        """What proves knowledge of the key for this, and is the same each time."""
        return _encoded(self._mac(purpose, about.encode()))

    def fits(self, purpose: str, about: str, token: str) -> bool:
        """Whether it is that token."""
        return hmac.compare_digest(token.encode(), self.token(purpose, about).encode())

    def _mac(self, purpose: str, content: bytes) -> bytes:
        return hmac.new(self._key, purpose.encode() + b"\n" + content, hashlib.sha256).digest()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
