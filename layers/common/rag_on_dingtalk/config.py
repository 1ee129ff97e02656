"""`bots.yaml` as structs: which bots there are, and for each its DingTalk app, its backend and its manners.

The callback loads the compiled form (JSON, written by `python -m rag_on_dingtalk compile`): it has no YAML
reader, and a mistake is found when packaging rather than when somebody asks. Secrets are references
(`env:NAME`, `file:/path`) in both forms and are resolved when a function needs them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The template DingTalk's own Stream SDK embeds: good for a first try, import your own for production.
SHARED_CARD_TEMPLATE = "382e4302-551d-4880-bf29-a30acfab2e71.schema"

_COMPILE_AGAIN = "Make it with `python -m rag_on_dingtalk compile`."

_BOT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A misspelt setting is an error, not a silence."""


class CardTemplate(_Strict, frozen=True, kw_only=True):
    """The AI card.

    id: `….schema`, from the card platform.
    variable: the streamed markdown variable of that template.
    """

    id: str = SHARED_CARD_TEMPLATE
    variable: str = "msgContent"


class DingTalkApp(_Strict, frozen=True, kw_only=True):
    """The bot's app in DingTalk's developer console.

    client_secret: a reference, `env:NAME` or `file:/path`.
    robot_code: the Client ID unless the console says otherwise.
    corp_id: when given, pushes for a robot of another organisation are refused.
    card: null answers with markdown messages only.
    """

    client_id: str
    client_secret: str
    robot_code: str = ""
    corp_id: str = ""
    card: CardTemplate | None = CardTemplate()

    @property
    def robot(self) -> str:
        """The robotCode to send with."""
        return self.robot_code or self.client_id


class Patience(_Strict, frozen=True, kw_only=True):
    """How long to wait for a backend, in seconds.

    first_byte: AnythingLLM is silent until its model's first token.
    idle: between two pieces.
    """

    connect: Positive = 5.0
    first_byte: Positive = 90.0
    idle: Positive = 60.0


class AnythingLLM(_Strict, frozen=True, kw_only=True, tag="anythingllm", tag_field="kind"):
    """A workspace of AnythingLLM.

    base_url: what the browser shows, for example `https://kb.example.com`; a path prefix is kept.
    workspace: the slug, not the name.
    mode: `query` answers from documents only, `chat` may add the model's own knowledge.
    """

    base_url: str
    api_key: str
    workspace: str
    mode: Literal["chat", "query", "automatic"] = "query"
    patience: Patience = Patience()


class Dify(_Strict, frozen=True, kw_only=True, tag="dify", tag_field="kind"):
    """A chat app of Dify.

    base_url: what the app's API page shows, with its `/v1`.
    inputs: values for the app's form variables.
    """

    base_url: str
    api_key: str
    inputs: dict[str, str] = {}
    patience: Patience = Patience(first_byte=30.0)


BackendSettings = AnythingLLM | Dify


class SessionSettings(_Strict, frozen=True, kw_only=True):
    """What one conversation remembers.

    idle_minutes: after this long without a question the next one starts afresh.
    group: `person` keeps each asker's context apart, `shared` gives the group one.
    """

    idle_minutes: Positive = 120.0
    group: Literal["person", "shared"] = "person"


class Bot(_Strict, frozen=True, kw_only=True):
    """One bot: the name in `/robot/{bot}` is its key in `bots.yaml`."""

    dingtalk: DingTalkApp
    backend: BackendSettings
    title: str = "知识助手"
    language: Literal["zh", "en"] = "zh"
    session: SessionSettings = SessionSettings()
    streaming: Literal["live", "economical", "final"] = "economical"


class Bots(_Strict, frozen=True, kw_only=True):
    """The whole of `bots.yaml`."""

    bots: dict[str, Bot]


class Secret:
    """A resolved secret that does not print itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one line that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


def resolve_secret(reference: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """Turn `env:NAME` or `file:/path` into the secret.

    Raises:
        ConfigurationError: the reference has another form, or leads to nothing.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env" and rest:
        value = environ.get(rest, "").strip()
        if not value:
            raise ConfigurationError(f"The environment variable {rest} is empty. Set it, e.g. in .env.")
        return Secret(value)
    if scheme == "file" and rest:
        try:
            # Not pathlib: importing it would be a tenth of the callback's cold start.
            with open(rest, encoding="utf-8") as file:  # noqa: PTH123
                value = file.read().strip()
        except OSError as error:
            raise ConfigurationError(f"The secret file {rest} cannot be read: {error.strerror}.") from error
        if not value:
            raise ConfigurationError(f"The secret file {rest} is empty. Put the secret into it.")
        return Secret(value)
    raise ConfigurationError(
        "A secret must be a reference such as env:DINGTALK_CLIENT_SECRET or file:/path, "
        "not the secret itself. Change it in bots.yaml."
    )


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
        if not re.match(r"https?://[^/\s]+", url):
            raise ConfigurationError(
                f"bots.{name}.backend.base_url is {url!r}. It must start with http:// or https://."
            )
        for where, reference in (
            ("dingtalk.client_secret", bot.dingtalk.client_secret),
            ("backend.api_key", bot.backend.api_key),
        ):
            if not reference.startswith(("env:", "file:")):
                raise ConfigurationError(
                    f"bots.{name}.{where} must be a reference such as env:NAME or file:/path, "
                    "so that bots.yaml holds no secret."
                )
    return bots


def _convert_bot(name: object, bot: object) -> Bot:
    try:
        return msgspec.convert(bot, Bot)
    except msgspec.ValidationError as error:
        # msgspec says where as "… - at `$.backend.mode`".
        problem, _, place = str(error).partition(" - at `$")
        raise ConfigurationError(
            f"bots.yaml is wrong at bots.{name}{place.rstrip('`')}: {problem}."
        ) from error
