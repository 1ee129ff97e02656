"""A backend of one's own, given what it needs and kept within bounds; what a plug-in is: `plugins`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.bounded import BoundedBackend
from rag_on_dingtalk.plugins.loading import load, made, settings_of
from rag_on_dingtalk.plugins.seams import BACKEND

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import Plugin


@dataclass(frozen=True)
class PluginContext:
    """What a plug-in is given besides its own settings.

    backend: the settings that all backends share: `base_url`, `timeouts`, `connection`.
    api_key: the key that `api_key` refers to; empty without one.
    http: a client with the certificates and the proxy of `connection`; not to be closed.
    """

    backend: Plugin
    api_key: Secret
    http: httpx.AsyncClient


def own_settings(plugin: Plugin) -> Any:
    """The plug-in's own settings, checked.

    Raises:
        ConfigurationError: it cannot be loaded, or a setting is wrong.
    """
    return settings_of(load(plugin.factory, BACKEND), plugin.factory, plugin.settings, BACKEND)


def build_plugin(plugin: Plugin, api_key: Secret, http: httpx.AsyncClient) -> Backend:
    """The backend of a plug-in, kept within bounds.

    Raises:
        ConfigurationError: it cannot be loaded, or does not take its settings.
    """
    found = load(plugin.factory, BACKEND)
    own = settings_of(found, plugin.factory, plugin.settings, BACKEND)
    return BoundedBackend(made(found, plugin.factory, own, PluginContext(plugin, api_key, http)), plugin)
