"""What would only be noticed in the chat, or in the cloud, said before the system starts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.config import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local.function_compute.s_yaml import Function
    from rag_on_dingtalk.config import Bots

_ENV = "env:"


def check_secrets(bots: Bots, environ: Mapping[str, str]) -> None:
    """Every secret that bots.yaml refers to is there.

    Raises:
        ConfigurationError: names the bot, the setting and what is missing.
    """
    for where, reference in _references(bots, with_keys=True):
        try:
            resolve_secret(reference, environ)
        except ConfigurationError as error:
            raise ConfigurationError(f"{where} in bots.yaml leads nowhere. {error}") from error


def check_passed_on(bots: Bots, functions: Iterable[Function], *, callback: str) -> None:
    """infra/s.yaml passes every variable that bots.yaml refers to on to the functions that need it.

    A function sees what stands under its environmentVariables and nothing else, in the cloud as here.
    callback: name of the one function that needs no backend's key.

    Raises:
        ConfigurationError: says what to add where.
    """
    for function in functions:
        for where, reference in _references(bots, with_keys=function.name != callback):
            name = reference.removeprefix(_ENV)
            if reference.startswith(_ENV) and name not in function.environment_variables:
                raise ConfigurationError(
                    f"{where} in bots.yaml refers to {reference}, but infra/s.yaml does not pass {name} "
                    f"on to {function.name}. Add `{name}: ${{env('{name}')}}` to its environmentVariables."
                )


def _references(bots: Bots, *, with_keys: bool) -> Iterator[tuple[str, str]]:
    """Where a secret is referred to, and the reference."""
    for name, bot in bots.bots.items():
        yield f"bots.{name}.dingtalk.client_secret", bot.dingtalk.client_secret
        if with_keys:
            yield f"bots.{name}.backend.api_key", bot.backend.api_key
