"""`bots.yaml` and its compiled form, read and checked.

The functions load the compiled form (JSON, written by `python -m rag_on_dingtalk compile`): they have no YAML
reader, and a mistake is found when packaging rather than when somebody asks.
"""

from __future__ import annotations

import os
import re
from string import Formatter
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk import messages
from rag_on_dingtalk.config.bot import Bot, Bots
from rag_on_dingtalk.config.consistency import check_together
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.secrets import SCHEMES, fit_for_path, resolve_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.secrets import Secret

_COMPILE_AGAIN = "Make it with `python -m rag_on_dingtalk compile`."

#: The setting whose secret ends an address.
PATH_SECRET = "dingtalk.path_secret"  # noqa: S105 - the setting's name

_BOT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def decode_bots(compiled: bytes) -> Bots:
    """Read the compiled form.

    Raises:
        ConfigurationError: names the place and the problem.
    """
    try:
        return check(msgspec.json.decode(compiled, type=Bots))
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"The compiled bots file does not fit this version: {error}. {_COMPILE_AGAIN}"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The compiled bots file is not JSON: {error}. {_COMPILE_AGAIN}") from error


def convert_bots(document: object) -> Bots:
    """Check a parsed `bots.yaml`.

    Raises:
        ConfigurationError: names the place and the problem.
    """
    if not isinstance(document, dict) or not isinstance(document.get("bots"), dict):
        raise ConfigurationError("bots.yaml must begin with `bots:` and name at least one bot under it.")
    unknown = ", ".join(sorted(str(key) for key in document if key != "bots"))
    if unknown:
        raise ConfigurationError(f"bots.yaml has unknown settings beside `bots:`: {unknown}. Remove them.")
    return check(Bots(bots={str(name): _convert_bot(name, bot) for name, bot in document["bots"].items()}))


def encode_bots(bots: Bots) -> bytes:
    """The compiled form of `bots.yaml`; holds references, never secrets."""
    return msgspec.json.encode(bots)


def secret_references(bot: Bot) -> Iterator[tuple[str, str]]:
    """Every secret of a bot: the setting that names it, and the reference."""
    app = bot.dingtalk
    yield "dingtalk.client_secret", app.client_secret
    yield "backend.api_key", bot.backend.api_key
    for name in ("next_client_secret", "path_secret", "aes_key"):
        if reference := getattr(app, name):
            yield f"dingtalk.{name}", reference
    if app.card_callback is not None:
        yield "dingtalk.card_callback.secret", app.card_callback.secret
    if app.events is not None:
        yield "dingtalk.events.token", app.events.token
        yield "dingtalk.events.aes_key", app.events.aes_key


def resolve_setting(setting: str, reference: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """What `secret_references` names, found and fit for its use.

    Raises:
        ConfigurationError: it cannot be had, or cannot be used.
    """
    secret = resolve_secret(reference, environ)
    return fit_for_path(secret, reference) if setting == PATH_SECRET else secret


def check(bots: Bots) -> Bots:
    """The rules that types cannot say."""
    if not bots.bots:
        raise ConfigurationError("bots.yaml names no bot. Add one under `bots:`.")
    for name, bot in bots.bots.items():
        if not _BOT_NAME.fullmatch(name):
            raise ConfigurationError(
                f"The bot name {name!r} does not fit a URL. "
                "Use lower-case letters, digits and hyphens, at most 40."
            )
        url = bot.backend.base_url
        if not re.match(r"https?://[^/\s@]+(?:/|$)", url):
            # Not repeated: a password may stand in it, and in links to pictures people would read it, too.
            raise ConfigurationError(
                f"bots.{name}.backend.base_url must start with http:// or https:// and a host, without a "
                "user or password."
            )
        for where, reference in secret_references(bot):
            if not reference.startswith(SCHEMES):
                raise ConfigurationError(
                    f"bots.{name}.{where} must be a reference such as env:NAME or file:/path, "
                    "so that bots.yaml holds no secret."
                )
        _check_app(name, bot)
        _check_origins(name, bot)
        _check_texts(name, bot)
    check_together(bots.bots)
    return bots


def _check_app(name: str, bot: Bot) -> None:
    app = bot.dingtalk
    if app.encrypted_only and not app.aes_key:
        raise ConfigurationError(
            f"bots.{name}.dingtalk.encrypted_only needs an aes_key to open the messages with. Give one."
        )
    if app.card is not None and app.card.buttons and app.card_callback is None:
        raise ConfigurationError(
            f"bots.{name}.dingtalk.card.buttons needs card_callback, or the buttons do nothing. Add it."
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


def _check_texts(name: str, bot: Bot) -> None:
    for key, words in bot.texts.items():
        known = messages.placeholders(key)
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


def _convert_bot(name: object, bot: object) -> Bot:
    try:
        return msgspec.convert(bot, Bot)
    except msgspec.ValidationError as error:
        # msgspec says where as "… - at `$.backend.mode`".
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(
            f"bots.yaml is wrong at bots.{name}{place.rstrip('`')}: {problem}."
        ) from error
