"""What would only be noticed in the chat, or in the cloud, said before the system starts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.config import resolve_setting, secret_references
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local.function_compute.s_yaml import Function
    from rag_on_dingtalk.config import Bots

_ENV = "env:"

#: Needed by every function; a backend's key by all but the callback, and whatever else by the callback alone.
_EVERYBODYS = "dingtalk.client_secret"
_ANSWERERS = "backend.api_key"


def check_apps(bots: Bots) -> None:
    """No app has two bots: its robot has one address, and here every bot is a robot in the chats.

    Raises:
        ConfigurationError: names both bots.
    """
    seen: dict[str, str] = {}
    for name, bot in bots.bots.items():
        other = seen.setdefault(bot.dingtalk.client_id, name)
        if other != name:
            raise ConfigurationError(
                f"bots.{other} and bots.{name} have one client_id, and DingTalk posts an app's messages to "
                "one address. Give one of them an app of its own, or try them one after the other."
            )


def check_secrets(bots: Bots, environ: Mapping[str, str]) -> None:
    """Every secret that bots.yaml refers to is there and fit for its use.

    Raises:
        ConfigurationError: names the bot, the setting and what is wrong.
    """
    for name, setting, reference in _references(bots):
        try:
            resolve_setting(setting, reference, environ)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"bots.{name}.{setting} in bots.yaml leads to no secret that can be used. {error}"
            ) from error


def check_passed_on(bots: Bots, functions: Iterable[Function], *, callback: str) -> None:
    """infra/s.yaml passes every variable that bots.yaml refers to on to the functions that need it.

    A function sees what stands under its environmentVariables and nothing else, in the cloud as here.
    callback: name of the function that DingTalk posts to.

    Raises:
        ConfigurationError: says what to add where.
    """
    for function in functions:
        for bot, setting, reference in _references(bots):
            name = reference.removeprefix(_ENV)
            if not (reference.startswith(_ENV) and _needs(function.name == callback, setting)):
                continue
            if name not in function.environment_variables:
                raise ConfigurationError(
                    f"bots.{bot}.{setting} in bots.yaml refers to {reference}, but infra/s.yaml does not "
                    f"pass {name} on to {function.name}. Add `{name}: ${{env('{name}')}}` to its "
                    "environmentVariables."
                )


def _needs(is_callback: bool, setting: str) -> bool:  # noqa: FBT001 - the two kinds of functions there are
    return setting == _EVERYBODYS or is_callback != (setting == _ANSWERERS)


def _references(bots: Bots) -> Iterator[tuple[str, str, str]]:
    """Every secret: the bot, the setting that names it, and the reference."""
    for name, bot in bots.bots.items():
        for setting, reference in secret_references(bot):
            yield name, setting, reference
