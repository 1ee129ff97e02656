"""What the callback knows of each bot: a part of the compiled `bots.yaml`, and the secrets it refers to.

The rules that types cannot say were checked when `bots.yaml` was compiled.
"""

from __future__ import annotations

import hmac
import time
from _thread import allocate_lock
from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.errors import ConfigurationError, SecretUnavailableError
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.secret import Secret, fit_for_path
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag_on_dingtalk.observability.log_lines import LogLine

Route = Literal["robot", "events", "cards"]
ROUTES: tuple[Route, ...] = ("robot", "events", "cards")

#: The `disabled_reason` of a route whose secret KMS could not give just now.
UNAVAILABLE = "secret_unavailable"
#: An instance asks KMS again no sooner than this after a failure, however many pushes come.
_AGAIN_SECONDS = 1.0

#: Compared with where there is no such bot, so that an unknown name costs what a bad signature costs.
_FAKE_SECRET = Secret("a secret that signs nothing")


class _Compiled(msgspec.Struct):
    bots: dict[str, BotBase]


class BotRoute(msgspec.Struct, frozen=True):
    """One route of one bot.

    secrets: any of them may have signed: the app's secrets, the events' token or the cards' `apiSecret`.
    path_secret: the end of the path; None when the address has none.
    aes_key: the 43 characters that open envelopes; None when none is expected.
    disabled_reason: why no push is accepted, one word for the log; empty when pushes are. UNAVAILABLE:
        signatures cannot be checked now; the next push may find the secret there.
    """

    bot: str
    settings: BotBase
    secrets: tuple[Secret, ...]
    path_secret: Secret | None = None
    aes_key: Secret | None = None
    disabled_reason: str = ""

    def has_path(self, given: str) -> bool:
        """Whether `given` is the end of this route's path; takes the same time wherever it differs."""
        if self.disabled_reason == UNAVAILABLE:
            # Not known now; whether there must be one is.
            return bool(given) == bool(self.settings.dingtalk.path_secret)
        expected = self.path_secret.reveal() if self.path_secret is not None else ""
        return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def read_settings(compiled: bytes) -> dict[str, BotBase]:
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


class RouteTable:
    """Every route of every bot, made for its first push, and kept unless a secret was missing.

    resolve: reference → secret, raises ConfigurationError.
    clock: seconds that only move on.
    """

    def __init__(
        self,
        settings: Mapping[str, BotBase],
        *,
        resolve: Callable[[str], Secret],
        log: LogLine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._log = log
        self._clock = clock
        self._failed: dict[str, tuple[float, ConfigurationError]] = {}
        self._kms_away_until = float("-inf")
        self._made: dict[tuple[str, Route], BotRoute] = {}
        self._secrets: dict[str, Secret] = {}
        self._complained: dict[tuple[str, Route], str] = {}
        self._making = allocate_lock()

    def prepare(self) -> None:
        """Make every route that is configured, so that no push waits for its secrets."""
        for bot in self._settings:
            for route in ROUTES:
                self.at(route, bot)

    def at(self, route: Route, bot: str) -> BotRoute:
        """This route of a bot; a disabled one when there is no such bot or it does not use the route."""
        if (bot, route) in self._made:
            return self._made[bot, route]
        settings = self._settings.get(bot)
        if settings is None:
            return _disabled(bot, "unknown_bot")
        # Of many pushes at once only one asks KMS; the others find what it found.
        with self._making:
            return self._made.get((bot, route)) or self._try(route, bot, settings)

    def _try(self, route: Route, bot: str, settings: BotBase) -> BotRoute:
        try:
            bot_route = self._make(route, bot, settings)
        except ConfigurationError as error:
            # One bot without its secret must not disable the others; and it may be there the next time.
            reason = UNAVAILABLE if isinstance(error, SecretUnavailableError) else "secret_missing"
            if self._complained.get((bot, route)) != reason:
                self._complained[bot, route] = reason
                self._log("bot_closed", level="ERROR", bot=bot, route=route, reason=reason, error=str(error))
            if reason == UNAVAILABLE:
                return BotRoute(bot=bot, settings=settings, secrets=(_FAKE_SECRET,), disabled_reason=reason)
            return _disabled(bot, reason)
        if self._complained.pop((bot, route), ""):
            self._log("bot_opened", level="INFO", bot=bot, route=route)
        self._made[bot, route] = bot_route
        return bot_route

    def _make(self, route: Route, bot: str, settings: BotBase) -> BotRoute:
        app = settings.dingtalk
        secrets: tuple[str, ...]
        if route == "robot":
            secrets, aes_key = (app.client_secret, app.next_client_secret), app.aes_key
        elif route == "events" and app.events is not None:
            secrets, aes_key = (app.events.token,), app.events.aes_key
        elif route == "cards" and app.card_callback is not None:
            secrets, aes_key = (app.card_callback.secret,), ""
        else:
            return _disabled(bot, "not_configured")
        return BotRoute(
            bot=bot,
            settings=settings,
            secrets=tuple(self._secret(reference) for reference in secrets if reference),
            path_secret=self._path_secret(app.path_secret) if app.path_secret else None,
            aes_key=self._aes_key(aes_key) if aes_key else None,
        )

    def _secret(self, reference: str) -> Secret:
        if reference not in self._secrets:
            asks_kms = reference.startswith("kms:")
            self._secrets[reference] = (self._ask_kms if asks_kms else self._resolve)(reference)
        return self._secrets[reference]

    def _ask_kms(self, reference: str) -> Secret:
        """Ask, unless that has just failed: an unsigned push must not cause a call to KMS each time."""
        now = self._clock()
        again_at, failure = self._failed.get(reference, (now, None))
        if failure is not None and now < again_at:
            raise failure
        if now < self._kms_away_until:
            raise SecretUnavailableError(
                f"{reference} was not asked for, because KMS failed a moment ago. The next push asks again."
            )
        try:
            secret = self._resolve(reference)
        except ConfigurationError as error:
            again_at = self._clock() + _AGAIN_SECONDS
            self._failed[reference] = again_at, error
            if isinstance(error, SecretUnavailableError):
                self._kms_away_until = again_at
            raise
        self._failed.pop(reference, None)
        return secret

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


def _disabled(bot: str, reason: str) -> BotRoute:
    settings = BotBase(dingtalk=DingTalkApp(client_id="", client_secret=""))
    return BotRoute(bot=bot, settings=settings, secrets=(_FAKE_SECRET,), disabled_reason=reason)
