"""What a command needs from the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    #: What `add_subparsers` returns.
    Commands = argparse._SubParsersAction[Any]  # noqa: SLF001 - argparse has no public name for it


def needed(name: str) -> str:
    """The environment variable's value.

    Raises:
        ConfigurationError: it is empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"The environment variable {name} is empty. Set it, e.g. in .env.")
    return value


def access_key() -> tuple[str, str, str]:
    """Access key id, secret and security token of the account.

    Raises:
        ConfigurationError: id or secret is missing.
    """
    return (
        needed("ALIBABA_CLOUD_ACCESS_KEY_ID"),
        needed("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
    )
