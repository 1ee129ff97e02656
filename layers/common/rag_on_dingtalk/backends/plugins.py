"""Backends from packages outside of this one: found by name, given what they need, and kept within bounds.

A plug-in is a class with `API = 1`, a struct `Settings`, the methods of `Backend` and a constructor that
takes its settings and a `PluginContext`. It is imported when the first bot that names it is built, and never
searched for: looking through everything that is installed takes longer than the rest of a cold start.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.backends.bounded import BoundedBackend, place_of
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.sections.backends import Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.secret import Secret

#: The contract's version. A plug-in that says another one is refused.
API = 1

#: Modules of one's own, in the folder of a deployment.
FOLDER = Path("plugins")

_METHODS = ("ask", "stop", "rate", "probe")


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


def load(factory: str, methods: Sequence[str] = _METHODS) -> Any:
    """The class behind `package.module:Factory`.

    methods: that it must have; a backend's, if not given.

    Raises:
        ConfigurationError: it cannot be imported, or keeps another contract.
    """
    look_into()
    module, _, name = factory.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The plug-in {factory} cannot be imported: there is no module {error.name}. Put it into the "
            "folder plugins/, or add its package with `python -m rag_on_dingtalk plugins add NAME==VERSION`."
        ) from error
    except AttributeError as error:
        raise ConfigurationError(
            f"The plug-in {factory} cannot be used: {module} has no {name}. Correct the kind."
        ) from error
    except Exception as error:  # a plug-in's module may do anything
        raise ConfigurationError(
            f"The plug-in {factory} cannot be imported: {type(error).__name__} {place_of(error)}. Mend it."
        ) from error
    problem = _misfit(found, methods)
    if problem:
        raise ConfigurationError(f"The plug-in {factory} cannot be used: {problem}.")
    return found


def own_settings(plugin: Plugin) -> Any:
    """The plug-in's own settings, checked.

    Raises:
        ConfigurationError: it cannot be loaded, or a setting is wrong.
    """
    return _settings(load(plugin.factory), plugin)


def check_plugins(bots: Mapping[str, Bot], folder: Path = FOLDER) -> dict[str, Any]:
    """The own settings of every plug-in, by its place in bots.yaml, found as a function would find them.

    folder: where modules of one's own are.

    Raises:
        ConfigurationError: one cannot be loaded, or a setting is wrong; names the bot.
    """
    look_into(folder)
    found = {}
    for place, plugin in plugins_in(bots):
        try:
            found[place] = own_settings(plugin)
        except ConfigurationError as error:
            raise ConfigurationError(f"bots.{place}: {error}") from error
    return found


def plugins_in(bots: Mapping[str, Bot]) -> Iterator[tuple[str, Plugin]]:
    """Every plug-in that a bot names: `handbook`, or `handbook.backends.wiki`, and its settings."""
    for name, bot in bots.items():
        for called, backend in bot.all_backends.items():
            if isinstance(backend, Plugin):
                yield f"{name}.backends.{called}" if bot.backends else name, backend


def look_into(folder: Path = FOLDER) -> None:
    """Let this process import what the folder holds; a function finds it in its layer."""
    place = str(folder.resolve())
    if folder.is_dir() and place not in sys.path:
        sys.path.append(place)


def build_plugin(plugin: Plugin, api_key: Secret, http: httpx.AsyncClient) -> Backend:
    """The backend of a plug-in, kept within bounds.

    Raises:
        ConfigurationError: it cannot be loaded, or does not take its settings.
    """
    factory = load(plugin.factory)
    own = _settings(factory, plugin)
    try:
        made = factory(own, PluginContext(plugin, api_key, http))
    except ConfigurationError:
        raise
    except Exception as error:  # as above
        raise ConfigurationError(
            f"The plug-in {plugin.factory} cannot be built: "
            f"{type(error).__name__} {place_of(error)}. Mend it."
        ) from error
    return BoundedBackend(made, plugin)


def _settings(factory: Any, plugin: Plugin) -> Any:
    try:
        return msgspec.convert(plugin.settings, factory.Settings)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(
            f"A setting of the plug-in {plugin.factory} is wrong at backend{place.rstrip('`')}: {problem}."
        ) from error


def _misfit(found: Any, methods: Sequence[str]) -> str:
    version = getattr(found, "API", None)
    if version != API:
        said = "it does not say which contract it keeps" if version is None else f"its contract is {version}"
        return f"{said}, and this version of the bot knows {API}. Install another version of one of them"
    settings = getattr(found, "Settings", None)
    if not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        return "it has no struct `Settings`. Add one, if need be without a field"
    lacking = [name for name in methods if not callable(getattr(found, name, None))]
    return f"it lacks {', '.join(lacking)}. Add what `backends.base.Backend` describes" if lacking else ""
