"""The settings, and the secrets they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.doctor.line import Line, well, wrong
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret_references import resolve_setting, secret_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.secret import Secret

SUBJECT = "configuration"


def resolve(bot: Bot, environ: Mapping[str, str]) -> tuple[dict[str, Secret], list[str]]:
    """The bot's secrets by the setting that names them, and what is wrong with the others."""
    secrets, problems = {}, []
    for setting, reference in secret_references(bot):
        try:
            secrets[setting] = resolve_setting(setting, reference, lambda one: resolve_secret(one, environ))
        except ConfigurationError as error:
            problems.append(f"{setting}: {error}")
    return secrets, problems


def judge(number: int, problems: Sequence[str]) -> Line:
    """What resolving says.

    number: of the secrets that were found.
    """
    if problems:
        return wrong(SUBJECT, " ".join(problems))
    return well(SUBJECT, f"The settings fit, and the {number} secrets they name are there.")
