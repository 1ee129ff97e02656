"""What must hold of the console's settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import SCHEMES
from rag_on_dingtalk.settings.sections.console import ConsoleSettings

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bots


def convert_console(written: object) -> ConsoleSettings | None:
    """The `console` of a parsed bots.yaml: a mapping, `true` for one with every default, or nothing.

    Raises:
        ConfigurationError: names the place and the problem.
    """
    if written is None or written is False:
        return None
    try:
        return msgspec.convert({} if written is True else written, ConsoleSettings)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(f"bots.yaml is wrong at console{place.rstrip('`')}: {problem}.") from error


def check_console(bots: Bots) -> None:
    """The rules that types cannot say.

    Raises:
        ConfigurationError: names the setting and what to write.
    """
    console = bots.console
    if console is None:
        return
    name = signing_bot(bots)
    if name not in bots.bots:
        raise ConfigurationError(
            f"console.bot names {name!r}, which is no bot. There is: {', '.join(bots.bots)}."
        )
    if not bots.bots[name].dingtalk.corp_id:
        raise ConfigurationError(
            f"The console signs people in as the app of {name}, whose bots.{name}.dingtalk.corp_id is empty: "
            "without it members of other organisations could not be told apart. Write it."
        )
    if not bots.bots[name].dingtalk.client_id:
        raise ConfigurationError(f"bots.{name}.dingtalk.client_id is empty, and the console needs it.")
    if console.url and not re.fullmatch(r"https://[^/\s@?#]+", console.url):
        raise ConfigurationError(
            f"console.url is {console.url!r}. It must be https:// and a host, without a path."
        )
    if not console.session_key.startswith(SCHEMES):
        raise ConfigurationError(
            "console.session_key must be a reference such as env:CONSOLE_SESSION_KEY or kms:name, "
            "so that bots.yaml holds no secret."
        )


def signing_bot(bots: Bots) -> str:
    """The bot whose app signs people in."""
    chosen = bots.console.bot if bots.console is not None else ""
    return chosen or next(iter(bots.bots))
