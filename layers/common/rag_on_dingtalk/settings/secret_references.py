"""Where the secrets of a bot are: every setting that names one, and what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.settings.secret import fit_for_path
from rag_on_dingtalk.settings.sections.backends import KEYLESS
from rag_on_dingtalk.settings.sections.safety import HttpModeration, PluginModeration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.secret import Secret

#: The setting whose secret ends an address.
PATH_SECRET = "dingtalk.path_secret"  # noqa: S105 - the setting's name


def secret_references(bot: Bot) -> Iterator[tuple[str, str]]:
    """Every secret of a bot: the setting that names it, and the reference."""
    app = bot.dingtalk
    yield "dingtalk.client_secret", app.client_secret
    for name, backend in bot.all_backends.items():
        if backend.api_key or not isinstance(backend, KEYLESS):
            yield f"{backend_setting(bot, name)}.api_key", backend.api_key
    for name in ("next_client_secret", "path_secret", "aes_key"):
        if reference := getattr(app, name):
            yield f"dingtalk.{name}", reference
    if app.card_callback is not None:
        yield "dingtalk.card_callback.secret", app.card_callback.secret
    moderation = bot.safety.moderation
    if isinstance(moderation, HttpModeration | PluginModeration) and moderation.api_key:
        yield "safety.moderation.api_key", moderation.api_key
    if app.events is not None:
        yield "dingtalk.events.token", app.events.token
        yield "dingtalk.events.aes_key", app.events.aes_key


def backend_setting(bot: Bot, name: str) -> str:
    """Where the backend of that name stands below the bot."""
    return f"backends.{name}" if bot.backends else "backend"


def is_backends(setting: str) -> bool:
    """Whether the secret is a backend's or a moderation service's, of which the callback needs none."""
    return setting.startswith(("backend.", "backends.", "safety."))


def resolve_setting(setting: str, reference: str, resolve: Callable[[str], Secret]) -> Secret:
    """What `secret_references` names, found and fit for its use.

    resolve: reference → secret, raises ConfigurationError; `cloud.secrets.resolve_secret`.

    Raises:
        ConfigurationError: it cannot be had, or cannot be used.
    """
    secret = resolve(reference)
    return fit_for_path(secret, reference) if setting == PATH_SECRET else secret
