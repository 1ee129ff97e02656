"""What would only be noticed in the chat, or in the cloud, said before the system starts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.secret_references import is_backends, resolve_setting, secret_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from emulators.function_compute.description.s_yaml import Function
    from rag_on_dingtalk.settings.bot import Bots

_ENV = "env:"
_KMS = "kms:"

#: Needed by every function; a backend's key by all but the callback, and whatever else by the callback alone.
_EVERYBODYS = "dingtalk.client_secret"


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


def check_secrets(
    bots: Bots, environ: Mapping[str, str], kms_secrets: Mapping[str, str] | None = None
) -> None:
    """Every secret that bots.yaml refers to is there and fit for its use.

    kms_secrets: what the local KMS holds, name → secret.

    Raises:
        ConfigurationError: names the bot, the setting and what is wrong.
    """

    def resolve(reference: str) -> Secret:
        if reference.startswith(_KMS):
            return local_secret(reference, kms_secrets or {})
        return resolve_secret(reference, environ)

    for name, setting, reference in _references(bots):
        try:
            resolve_setting(setting, reference, resolve)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"bots.{name}.{setting} in bots.yaml leads to no secret that can be used. {error}"
            ) from error


def local_secret(reference: str, kms_secrets: Mapping[str, str]) -> Secret:
    """What `kms:NAME` leads to here, without asking the emulator, which may not run yet.

    Raises:
        ConfigurationError: the local KMS holds no such secret.
    """
    name = reference.removeprefix(_KMS)
    if not kms_secrets.get(name, "").strip():
        raise ConfigurationError(
            f"The local KMS holds no secret {name}. Write it into a JSON file (name → secret) and start with "
            "--kms FILE; the cloud's KMS is not asked from here."
        )
    return Secret(kms_secrets[name].strip())


def check_passed_on(bots: Bots, functions: Iterable[Function], *, callback: str, console: str = "") -> None:
    """infra/s.yaml passes every variable that bots.yaml refers to on to the functions that need it.

    A function sees what stands under its environmentVariables and nothing else, in the cloud as here.
    callback: name of the function that DingTalk posts to; console: of the administrators' pages.

    Raises:
        ConfigurationError: says what to add where.
    """
    for function in functions:
        for bot, setting, reference in _references(bots):
            name = reference.removeprefix(_ENV)
            needed = setting == _EVERYBODYS or (
                function.name != console and (function.name == callback) != is_backends(setting)
            )
            if not (reference.startswith(_ENV) and needed):
                continue
            if name not in function.environment_variables:
                raise ConfigurationError(
                    f"bots.{bot}.{setting} in bots.yaml refers to {reference}, but infra/s.yaml does not "
                    f"pass {name} on to {function.name}. Add `{name}: ${{env('{name}')}}` to its "
                    "environmentVariables."
                )


def _references(bots: Bots) -> Iterator[tuple[str, str, str]]:
    """Every secret: the bot, the setting that names it, and the reference."""
    for name, bot in bots.bots.items():
        for setting, reference in secret_references(bot):
            yield name, setting, reference
