"""The plug-ins that the bots of a bots.yaml name, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.loading import FOLDER, load, look_into, settings_of
from rag_on_dingtalk.plugins.seams import BACKEND, MODERATION
from rag_on_dingtalk.settings.sections.backends import Plugin
from rag_on_dingtalk.settings.sections.safety import PluginModeration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from rag_on_dingtalk.plugins.seams import Seam
    from rag_on_dingtalk.settings.bot import Bot


def plugins_in(bots: Mapping[str, Bot]) -> Iterator[tuple[str, Plugin | PluginModeration, Seam]]:
    """Every plug-in: its place (`handbook`, `handbook.backends.wiki`), its settings, and what it is there."""
    for name, bot in bots.items():
        for called, backend in bot.all_backends.items():
            if isinstance(backend, Plugin):
                yield f"{name}.backends.{called}" if bot.backends else name, backend, BACKEND
        if isinstance(bot.safety.moderation, PluginModeration):
            yield f"{name}.{MODERATION.place}", bot.safety.moderation, MODERATION


def own_settings(plugin: Plugin | PluginModeration, seam: Seam) -> Any:
    """The plug-in's own settings, checked.

    Raises:
        ConfigurationError: it cannot be loaded, or a setting is wrong.
    """
    return settings_of(load(plugin.factory, seam), plugin.factory, plugin.settings, seam)


def check_plugins(bots: Mapping[str, Bot], folder: Path = FOLDER) -> dict[str, Any]:
    """The own settings of every plug-in, by its place in bots.yaml, found as a function would find them.

    folder: where modules of one's own are.

    Raises:
        ConfigurationError: one cannot be loaded, or a setting is wrong; names the bot.
    """
    look_into(folder)
    found = {}
    for place, plugin, seam in plugins_in(bots):
        try:
            found[place] = own_settings(plugin, seam)
        except ConfigurationError as error:
            raise ConfigurationError(f"bots.{place}: {error}") from error
    return found
