"""Whether the functions will find the secrets that bots.yaml names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.package.errors import PackagingError
from rag_on_dingtalk.settings.secret_references import secret_references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bots

_ENV = "env:"


def check_secrets(bots: Bots, environ: Mapping[str, str], s_yaml: Mapping[str, Any]) -> None:
    """Every `env:NAME` of bots.yaml has a value here, and infra/s.yaml hands it on.

    A variable that is not set is an empty one in the function, and a bot without its secret answers nothing.
    Secrets that come from KMS (`kms:name`) are not looked at.

    Raises:
        PackagingError: names every setting and what to do.
    """
    handed_on = {
        name
        for resource in s_yaml["resources"].values()
        for name in resource["props"].get("environmentVariables", {})
    }
    problems = []
    for bot, settings in bots.bots.items():
        for setting, reference in secret_references(settings):
            name = reference.removeprefix(_ENV)
            if not reference.startswith(_ENV):
                continue
            where = f"bots.{bot}.{setting} in bots.yaml is {reference}, but"
            if not environ.get(name):
                problems.append(f"{where} {name} is empty. Set it in .env and read it (set -a; . ./.env).")
            elif name not in handed_on:
                problems.append(
                    f"{where} infra/s.yaml hands it to no function. "
                    f"Add `{name}: ${{env('{name}', '')}}` to their environmentVariables."
                )
    if problems:
        raise PackagingError("\n".join(problems))
