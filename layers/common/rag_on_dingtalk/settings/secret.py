"""Secrets by reference: `bots.yaml` and its compiled form say where a secret is, never what it is. Pure.

`cloud.secrets.resolve_secret` follows a reference.
"""

from __future__ import annotations

import re

from rag_on_dingtalk.errors import ConfigurationError

#: What a reference may begin with.
SCHEMES = ("env:", "file:", "kms:")

#: Stands in an address as it is (RFC 3986's unreserved characters), and is too long to be guessed.
_FIT_FOR_A_PATH = re.compile(r"[A-Za-z0-9._~-]{16,}")


class Secret:
    """A resolved secret that does not print itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one line that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


def fit_for_path(secret: Secret, reference: str) -> Secret:
    """The secret, when it can be the end of an address.

    reference: where it is, for the error.

    Raises:
        ConfigurationError: it is too short, or does not fit a URL.
    """
    if not _FIT_FOR_A_PATH.fullmatch(secret.reveal()):
        raise ConfigurationError(
            f"{reference} cannot be the end of an address: a path secret has 16 characters or more, each a "
            "letter, digit, hyphen, dot, underscore or tilde. Make one with `openssl rand -hex 16`."
        )
    return secret
