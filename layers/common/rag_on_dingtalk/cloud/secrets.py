"""From a reference to the secret: the environment, a file, or Alibaba Cloud KMS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve_secret(
    reference: str, environ: Mapping[str, str] = os.environ, *, hurried: bool = False
) -> Secret:
    """Turn `env:NAME`, `file:/path` or `kms:name` into the secret.

    `kms:` asks Alibaba Cloud KMS each time, over the network: keep what it returns.

    hurried: give up on KMS after 1.5 s rather than 5 s, because DingTalk waits.

    Raises:
        SecretUnavailableError: KMS did not give it just now.
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
        from rag_on_dingtalk.cloud.kms import (  # most deployments need none
            HURRIED_SECONDS,
            PATIENT_SECONDS,
            Kms,
        )

        patience = HURRIED_SECONDS if hurried else PATIENT_SECONDS
        return Secret(Kms.from_environ(environ, patience=patience).secret(rest))
    raise ConfigurationError(
        "A secret must be a reference such as env:DINGTALK_CLIENT_SECRET, file:/path or kms:name, "
        "not the secret itself. Change it in bots.yaml."
    )


def resolve_api_key(reference: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """As `resolve_secret`; no reference is no key, which some servers want."""
    return resolve_secret(reference, environ) if reference else Secret("")


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
