"""What the callback knows of each bot: a part of the compiled `bots.yaml`, and the secrets it refers to.

The settings' own structs know the backends, too, and would lengthen the cold start; what they forbid was
found when `bots.yaml` was compiled.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.secrets import Secret, fit_for_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.telemetry.lines import LogLine

Route = Literal["robot", "events", "cards"]
ROUTES: tuple[Route, ...] = ("robot", "events", "cards")

#: Compared with where there is no such bot, so that an unknown name costs what a bad signature costs.
_NOBODYS = Secret("nobody's secret")


class CardCallback(msgspec.Struct, frozen=True):
    """See `config.CardCallback`."""

    secret: str


class Events(msgspec.Struct, frozen=True):
    """See `config.Events`."""

    token: str
    aes_key: str


class App(msgspec.Struct, frozen=True):
    """See `config.DingTalkApp`."""

    client_id: str
    client_secret: str
    next_client_secret: str = ""
    robot_code: str = ""
    corp_id: str = ""
    path_secret: str = ""
    message_minutes: float = 10.0
    aes_key: str = ""
    encrypted_only: bool = False
    card_callback: CardCallback | None = None
    events: Events | None = None

    @property
    def owners(self) -> tuple[str, ...]:
        """The owner keys of envelopes for this app, the likeliest first."""
        return (self.client_id, self.corp_id) if self.corp_id else (self.client_id,)


class BotSettings(msgspec.Struct, frozen=True):
    """See `config.Bot`."""

    dingtalk: App
    language: Literal["zh", "en"] = "zh"
    texts: dict[str, str] = {}


class _Compiled(msgspec.Struct):
    bots: dict[str, BotSettings]


class Door(msgspec.Struct, frozen=True):
    """One route of one bot.

    secrets: any of them may have signed: the app's secrets, the events' token or the cards' `apiSecret`.
    path_secret: the end of the path; None when the address has none.
    aes_key: the 43 characters that open envelopes; None when none is expected.
    shut: why nobody gets in, one word for the log; empty when the door can be opened.
    """

    bot: str
    settings: BotSettings
    secrets: tuple[Secret, ...]
    path_secret: Secret | None = None
    aes_key: Secret | None = None
    shut: str = ""

    def has_path(self, given: str) -> bool:
        """Whether `given` is the end of this door's path; takes the same time wherever it differs."""
        expected = self.path_secret.reveal() if self.path_secret is not None else ""
        return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def read_settings(compiled: bytes) -> dict[str, BotSettings]:
    """The callback's part of what `python -m rag_on_dingtalk compile` wrote.

    Raises:
        ConfigurationError: it is something else.
    """
    try:
        return msgspec.json.decode(compiled, type=_Compiled).bots
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The compiled bots file cannot be used: {error}. "
            "Make it with `python -m rag_on_dingtalk compile`."
        ) from error


class Doors:
    """Every door of every bot, made when somebody comes to it, and kept unless a secret was missing.

    resolve: reference → secret, raises ConfigurationError.
    """

    def __init__(
        self, settings: Mapping[str, BotSettings], *, resolve: Callable[[str], Secret], log: LogLine
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._log = log
        self._made: dict[tuple[str, Route], Door] = {}
        self._secrets: dict[str, Secret] = {}
        self._complained: set[tuple[str, Route]] = set()

    def prepare(self) -> None:
        """Make every door that is configured, so that nobody waits for its secrets."""
        for bot in self._settings:
            for route in ROUTES:
                self.at(route, bot)

    def at(self, route: Route, bot: str) -> Door:
        """The door of this route; a shut one when there is no such bot or it does not use the route."""
        if (bot, route) in self._made:
            return self._made[bot, route]
        settings = self._settings.get(bot)
        if settings is None:
            return _shut(bot, "unknown_bot")
        try:
            door = self._make(route, bot, settings)
        except ConfigurationError as error:
            # One bot without its secret must not close the others; and it may be there the next time.
            if (bot, route) not in self._complained:
                self._complained.add((bot, route))
                self._log("bot_closed", level="ERROR", bot=bot, route=route, error=str(error))
            return _shut(bot, "secret_missing")
        self._made[bot, route] = door
        return door

    def _make(self, route: Route, bot: str, settings: BotSettings) -> Door:
        app = settings.dingtalk
        secrets: tuple[str, ...]
        if route == "robot":
            secrets, aes_key = (app.client_secret, app.next_client_secret), app.aes_key
        elif route == "events" and app.events is not None:
            secrets, aes_key = (app.events.token,), app.events.aes_key
        elif route == "cards" and app.card_callback is not None:
            secrets, aes_key = (app.card_callback.secret,), ""
        else:
            return _shut(bot, "not_configured")
        return Door(
            bot=bot,
            settings=settings,
            secrets=tuple(self._secret(reference) for reference in secrets if reference),
            path_secret=self._path_secret(app.path_secret) if app.path_secret else None,
            aes_key=self._aes_key(aes_key) if aes_key else None,
        )

    def _secret(self, reference: str) -> Secret:
        if reference not in self._secrets:
            self._secrets[reference] = self._resolve(reference)
        return self._secrets[reference]

    def _path_secret(self, reference: str) -> Secret:
        return fit_for_path(self._secret(reference), reference)

    def _aes_key(self, reference: str) -> Secret:
        from rag_on_dingtalk.dingtalk.envelope import EnvelopeError, decode_key  # most bots need none

        key = self._secret(reference)
        try:
            decode_key(key.reveal())
        except EnvelopeError as error:
            raise ConfigurationError(f"{reference} is of no use: {error}.") from error
        return key


def _shut(bot: str, why: str) -> Door:
    nobody = BotSettings(App(client_id="", client_secret=""))
    return Door(bot=bot, settings=nobody, secrets=(_NOBODYS,), shut=why)
