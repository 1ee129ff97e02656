"""The `kind` of a backend in `bots.yaml`: one that there is, or a plug-in's name."""

from __future__ import annotations

from typing import Any, get_args

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.kinds.plugin import PREFIX, spread
from rag_on_dingtalk.settings.sections.backends import BackendSettings


def with_kinds(name: object, bot: object) -> object:
    """A bot of `bots.yaml` with its backends as the settings have them.

    Raises:
        ConfigurationError: a backend's kind is none; names the nearest.
    """
    if not isinstance(bot, dict):
        return bot
    if "backend" in bot:
        bot = {**bot, "backend": _with_kind(f"bots.{name}.backend", bot["backend"])}
    backends = bot.get("backends")
    if isinstance(backends, dict):
        found = {
            called: _with_kind(f"bots.{name}.backends.{called}", one) for called, one in backends.items()
        }
        bot = {**bot, "backends": found}
    return bot


def _with_kind(place: str, backend: Any) -> Any:
    kind = backend.get("kind") if isinstance(backend, dict) else None
    if not isinstance(kind, str):
        return backend
    if kind.startswith(PREFIX):
        return spread(backend)
    kinds = [str(one.__struct_config__.tag) for one in get_args(BackendSettings)]
    if kind in kinds:
        return backend
    from difflib import get_close_matches  # only a mistake needs it

    known = [one for one in kinds if one != "python"]
    near = get_close_matches(kind, known, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise ConfigurationError(
        f"{place}.kind is {kind!r}, which there is not. {meant}There are {', '.join(known)}, and "
        "plug-ins of your own: python:package.module:Factory."
    )
