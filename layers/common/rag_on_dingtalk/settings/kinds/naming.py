"""The `kind` of a backend or a moderation service in `bots.yaml`: one that there is, or a plug-in's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.kinds.plugin import PREFIX, Plugin, spread
from rag_on_dingtalk.settings.sections.backends import BackendSettings
from rag_on_dingtalk.settings.sections.safety import Moderation, PluginModeration

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec


def with_kinds(name: object, bot: object) -> object:
    """A bot of `bots.yaml` with its backends and its moderation service as the settings have them.

    Raises:
        ConfigurationError: a kind is none; names the nearest.
    """
    if not isinstance(bot, dict):
        return bot
    if "backend" in bot:
        bot = {**bot, "backend": _backend(f"bots.{name}.backend", bot["backend"])}
    backends = bot.get("backends")
    if isinstance(backends, dict):
        found = {called: _backend(f"bots.{name}.backends.{called}", one) for called, one in backends.items()}
        bot = {**bot, "backends": found}
    safety = bot.get("safety")
    if isinstance(safety, dict) and "moderation" in safety:
        place = f"bots.{name}.safety.moderation"
        moderation = _with_kind(place, safety["moderation"], get_args(Moderation), PluginModeration)
        bot = {**bot, "safety": {**safety, "moderation": moderation}}
    return bot


def _backend(place: str, written: Any) -> Any:
    return _with_kind(place, written, get_args(BackendSettings), Plugin)


def _with_kind(place: str, written: Any, structs: Iterable[Any], plugin: type[msgspec.Struct]) -> Any:
    kind = written.get("kind") if isinstance(written, dict) else None
    if not isinstance(kind, str):
        return written
    if kind.startswith(PREFIX):
        return spread(written, plugin)
    kinds = [str(one.__struct_config__.tag) for one in structs]
    if kind in kinds:
        return written
    from difflib import get_close_matches  # only a mistake needs it

    known = [one for one in kinds if one != "python"]
    near = get_close_matches(kind, known, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise ConfigurationError(
        f"{place}.kind is {kind!r}, which there is not. {meant}There are {', '.join(known)}, and "
        "plug-ins of your own: python:package.module:Factory."
    )
