"""What a command needs from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.named import check_plugins

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot

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


def bots_file(given: Path | None) -> Path:
    """The file that was named, else the one BOTS_FILE names, else `bots.yaml`."""
    return given or Path(os.environ.get("BOTS_FILE") or "bots.yaml")


def callback_url(given: str) -> str:
    """The address that was given, else CALLBACK_URL, without a slash at its end; empty: neither.

    Raises:
        ConfigurationError: it is more or less than scheme and host.
    """
    name, url = ("--url", given) if given else ("CALLBACK_URL", os.environ.get("CALLBACK_URL", ""))
    url = url.rstrip("/")
    if url and not _is_origin(url):
        raise ConfigurationError(
            f"{name} is {url!r}. Give scheme and host only, such as https://….fcapp.run."
        )
    return url


def plugins_of(bots: Mapping[str, Bot]) -> dict[str, Any]:
    """The own settings of the bots' plug-ins, checked, by the bot's name.

    Raises:
        ConfigurationError: a plug-in cannot be loaded, or a setting is wrong.
    """
    return check_plugins(bots)


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.path


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
