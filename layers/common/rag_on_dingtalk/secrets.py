"""Secrets by reference: `bots.yaml` and its compiled form say where a secret is, never what it is."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def resolve_secret(reference: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """Turn `env:NAME`, `file:/path` or `kms:name` into the secret.

    `kms:` asks Alibaba Cloud KMS each time, over the network: keep what it returns.

    Raises:
        ConfigurationError: the reference has another form, or leads to nothing.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env" and rest:
        value = environ.get(rest, "").strip()
        if not value:
            raise ConfigurationError(f"The environment variable {rest} is empty. Set it, e.g. in .env.")
        return Secret(value)
    if scheme == "file" and rest:
        return Secret(_read(rest))
    if scheme == "kms" and rest:
        from rag_on_dingtalk.kms import Kms  # most deployments need none

        return Secret(Kms.from_environ(environ).secret(rest))
    raise ConfigurationError(
        "A secret must be a reference such as env:DINGTALK_CLIENT_SECRET, file:/path or kms:name, "
        "not the secret itself. Change it in bots.yaml."
    )


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


def _read(path: str) -> str:
    try:
        # Not pathlib: importing it would be a tenth of the callback's cold start.
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            value = file.read().strip()
    except OSError as error:
        raise ConfigurationError(f"The secret file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"The secret file {path} is not text. Put the secret into it.") from error
    if not value:
        raise ConfigurationError(f"The secret file {path} is empty. Put the secret into it.")
    return value
