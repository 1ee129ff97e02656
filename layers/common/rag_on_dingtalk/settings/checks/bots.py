"""The rules of one bot that types cannot say, and all rules in their order."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.checks.access import check_access
from rag_on_dingtalk.settings.checks.between_bots import check_together
from rag_on_dingtalk.settings.checks.console import check_console
from rag_on_dingtalk.settings.checks.knowledge import check_knowledge
from rag_on_dingtalk.settings.checks.limits import check_limits
from rag_on_dingtalk.settings.secret import SCHEMES
from rag_on_dingtalk.settings.secret_references import backend_setting, secret_references
from rag_on_dingtalk.settings.sections.backends import Plugin
from rag_on_dingtalk.settings.sections.safety import AliyunModeration, HttpModeration

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot, Bots

BOT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def check(bots: Bots) -> Bots:
    """The rules that types cannot say."""
    if not bots.bots:
        raise ConfigurationError("bots.yaml names no bot. Add one under `bots:`.")
    for name, bot in bots.bots.items():
        if not BOT_NAME.fullmatch(name):
            raise ConfigurationError(
                f"The bot name {name!r} does not fit a URL. "
                "Use lower-case letters, digits and hyphens, at most 40."
            )
        check_access(name, bot)
        for called, backend in bot.all_backends.items():
            url = backend.base_url
            # A plug-in may have no server.
            optional = isinstance(backend, Plugin) and not url
            if not optional and not re.match(r"https?://[^/\s@]+(?:/|$)", url):
                # Not repeated: a password may stand in it, and in links to pictures people would read it.
                raise ConfigurationError(
                    f"bots.{name}.{backend_setting(bot, called)}.base_url must start with http:// or "
                    "https:// and a host, without a user or password."
                )
        for where, reference in secret_references(bot):
            if not reference.startswith(SCHEMES):
                raise ConfigurationError(
                    f"bots.{name}.{where} must be a reference such as env:NAME or file:/path, "
                    "so that bots.yaml holds no secret."
                )
        _check_app(name, bot)
        _check_origins(name, bot)
        _check_moderation(name, bot)
        _check_texts(name, bot)
        check_limits(name, bot.limits)
        check_knowledge(name, bot)
        _check_answers(name, bot)
        _check_function(name, bot)
    check_together(bots.bots)
    check_console(bots)
    return bots


#: Behind a deployment's name of 30 characters and `-async-answer-`: a function's name has 64.
_LONGEST_OF_A_FUNCTION = 20


def _check_function(name: str, bot: Bot) -> None:
    if bot.answer_function is not None and len(name) > _LONGEST_OF_A_FUNCTION:
        raise ConfigurationError(
            f"The bot {name!r} has an answer_function, which is named after it, so its name may have "
            f"{_LONGEST_OF_A_FUNCTION} characters. Give it a shorter one."
        )


def _check_app(name: str, bot: Bot) -> None:
    app = bot.dingtalk
    if app.encrypted_only and not app.aes_key:
        raise ConfigurationError(
            f"bots.{name}.dingtalk.encrypted_only needs an aes_key to open the messages with. Give one."
        )
    if app.card is not None and app.card.buttons and not app.takes_clicks:
        raise ConfigurationError(
            f"bots.{name}.dingtalk.card.buttons needs card_callback, or the buttons do nothing. Add it, or "
            "`mode: stream`."
        )
    link = bot.sources.link
    if link and not re.match(r"https?://[^/\s]+", link):
        raise ConfigurationError(
            f"bots.{name}.sources.link is {link!r}. It must start with http:// or https://."
        )


def _check_origins(name: str, bot: Bot) -> None:
    for origin in bot.files.origins:
        # With a path it would look like a limit that it is not.
        if not re.fullmatch(r"https?://[^/\s@]+", origin):
            raise ConfigurationError(
                f"bots.{name}.files.origins has {origin!r}. It must be http:// or https:// and a host, "
                "without a path."
            )


def _check_moderation(name: str, bot: Bot) -> None:
    moderation = bot.safety.moderation
    if moderation is None:
        return
    where = f"bots.{name}.safety.moderation"
    url = moderation.url if isinstance(moderation, HttpModeration) else ""
    if isinstance(moderation, AliyunModeration):
        url = moderation.endpoint
    if url and not re.match(r"https?://[^/\s@]+(?:/|$)", url):
        # Not repeated: a password may stand in it.
        raise ConfigurationError(
            f"{where} has an address that does not start with http:// or https:// and a host, without a user "
            "or password. Correct it."
        )
    if "local_only" in (moderation.on_error.questions, moderation.on_error.answers) and not bot.safety.words:
        raise ConfigurationError(
            f"{where}.on_error is local_only, and there are no words to decide by. Name a list under "
            f"bots.{name}.safety.words, or choose block or pass."
        )


def _check_texts(name: str, bot: Bot) -> None:
    for key, words in bot.texts.items():
        known = texts.placeholders(key)
        if known is None:
            raise ConfigurationError(f"bots.{name}.texts has no sentence {key!r} to replace. Remove it.")
        try:
            fields = [
                (field, form, conversion)
                for _, field, form, conversion in Formatter().parse(words)
                if field is not None
            ]
        except ValueError as error:
            raise ConfigurationError(
                f"bots.{name}.texts.{key} is no template: {error}. Write {{{{ for a brace."
            ) from error
        if any(form or conversion for _, form, conversion in fields):
            raise ConfigurationError(
                f"bots.{name}.texts.{key} has `:` or `!` in its braces. Write the name alone: {{question}}."
            )
        used = {field for field, _, _ in fields}
        if not used <= known:
            raise ConfigurationError(
                f"bots.{name}.texts.{key} uses {', '.join(sorted(used - known))}, which it is not given. "
                f"It is given: {', '.join(sorted(known)) or 'nothing'}."
            )


def _check_answers(name: str, bot: Bot) -> None:
    if bot.answer_cache is not None and bot.share_name:
        raise ConfigurationError(
            f"bots.{name} has both `answer_cache` and `share_name`: what a backend says to a person by name "
            "is not for others. Switch one of them off."
        )
