"""The bots as they run on this machine: their secrets, their robots, and the backends that answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from devserver.preflight import check_apps, check_secrets, local_secret
from devserver.settings import KNOWLEDGE_KEY
from devserver.wiring.backends import backend_name, with_backends_here
from devserver.wiring.company import calls_here
from devserver.wiring.moderation import judged_here
from devserver.wiring.packages import python_of
from emulators.dingtalk import EventSubscription, RobotApp
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.checks.bots import check
from rag_on_dingtalk.settings.checks.console import signing_bot
from rag_on_dingtalk.settings.secret_references import secret_references
from rag_on_dingtalk.settings.sections.backends import AnythingLLM

if TYPE_CHECKING:
    from devserver.settings import Settings
    from emulators.dingtalk import DingTalkSide
    from rag_on_dingtalk.settings.bot import Bots

#: A shell prepared for deploying has these; here they would lead to the cloud, or to names that do not exist.
_OF_A_DEPLOYMENT = frozenset(("APP_NAME", "INVOKE_ENDPOINT", "KMS_ENDPOINT", "LISTEN_HOST"))


class LocalBots:
    """The bots of `settings.bots`.

    environ: what `${env(…)}` in s.yaml sees.

    Raises:
        ConfigurationError: bots.yaml or the environment is wrong.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.bots = settings.change_bots(load_bots(settings.bots))
        self.environ = _environ(settings)
        check_apps(self.bots)
        check_secrets(self.bots, self.environ, settings.kms_secrets)

    def robots(self) -> list[RobotApp]:
        """A robot in DingTalk for each bot."""
        return [self._robot(name) for name in self.bots.bots]

    def _robot(self, name: str) -> RobotApp:
        bot = self.bots.bots[name]
        app = bot.dingtalk
        return RobotApp(
            name=name,
            client_id=app.client_id,
            client_secret=self._secret(app.client_secret),
            robot_code=app.robot,
            title=bot.title,
            card_templates={app.card.id: app.card.variable} if app.card else {},
            by_stream=frozenset({"messages", "events"}) if app.by_stream else frozenset(),
        )

    def tell_addresses(self, dingtalk: DingTalkSide, callback: str) -> None:
        """Give DingTalk's robots what an engineer types into its console after deploying.

        callback: the URL of the function that takes the pushes.
        """
        for robot in dingtalk.robots:
            self._tell_addresses(dingtalk, robot, callback)

    def tell_console(self, dingtalk: DingTalkSide, console: str) -> None:
        """Register where a login comes back to, as an engineer does at the app's security settings."""
        dingtalk.robot(signing_bot(self.bots)).redirect_urls = (f"{console}/sign-in/return",)

    def _tell_addresses(self, dingtalk: DingTalkSide, robot: RobotApp, callback: str) -> None:
        app = self.bots.bots[robot.name].dingtalk
        secret = f"/{self._secret(app.path_secret)}" if app.path_secret else ""
        robot.callback_url = f"{callback}/robot/{robot.name}{secret}"
        if app.card_callback is not None:
            dingtalk.route_clicks(
                app.card_callback.route,
                f"{callback}/cards/{robot.name}{secret}",
                self._secret(app.card_callback.secret),
            )
        if app.events is not None:
            robot.events = EventSubscription(
                url=f"{callback}/events/{robot.name}{secret}",
                token=self._secret(app.events.token),
                aes_key=self._secret(app.events.aes_key),
            )

    def moved_to_kms(self) -> dict[str, str]:
        """The `env:` secrets of the bots, by the variable's name, when KMS is to hold them."""
        if not self._settings.secrets_in_kms:
            return {}
        references = [one for bot in self.bots.bots.values() for _, one in secret_references(bot)]
        return {one.removeprefix("env:"): self._secret(one) for one in references if one.startswith("env:")}

    def compiled(self, knowledge_url: str, moderation_url: str, company_url: str) -> bytes:
        """The compiled bots.yaml that the functions read, as JSON."""
        compiled = encode_bots(self.in_use(knowledge_url, moderation_url, company_url))
        for name in self.moved_to_kms():
            compiled = compiled.replace(f'"env:{name}"'.encode(), f'"kms:{name}"'.encode())
        return compiled

    def in_use(self, knowledge_url: str, moderation_url: str, company_url: str) -> Bots:
        """The bots with the addresses that hold on this machine.

        knowledge_url: the base URL of this machine's knowledge server.
        moderation_url: the endpoint of its Content Moderation. company_url: of the API that skills call.
        """
        settings = self._settings
        here = self._asks_here
        address = knowledge_url if here else settings.backend
        bots = {
            name: calls_here(judged_here(bot, moderation_url), company_url)
            for name, bot in self.bots.bots.items()
        }
        if not address:
            return check(msgspec.structs.replace(self.bots, bots=bots))
        kind, app = (settings.backend_kind, settings.backend_app) if here else ("anythingllm", "")
        return check(
            msgspec.structs.replace(
                self.bots,
                bots={
                    name: with_backends_here(bot, kind=kind, app=app, base_url=address)
                    for name, bot in bots.items()
                },
            )
        )

    def backend_of(self, bot: str, knowledge_product: str) -> str:
        """Who answers a bot, as people call it: this machine's server with its version, or a product."""
        main = self.bots.bots[bot].main_backend
        if isinstance(main, AnythingLLM) and self._asks_here:
            return knowledge_product
        return backend_name(main)

    @property
    def _asks_here(self) -> bool:
        return self._settings.demo_bots and not self._settings.backend

    def _secret(self, reference: str) -> str:
        if reference.startswith("kms:"):
            return local_secret(reference, self._settings.kms_secrets).reveal()
        return resolve_secret(reference, self.environ).reveal()


def _environ(settings: Settings) -> dict[str, str]:
    """What `${env(…)}` in s.yaml sees; a fresh machine needs nothing set."""
    invented = {
        "DINGTALK_CLIENT_SECRET": "local-client-secret",
        "DINGTALK_CARD_SECRET": "local-card-secret",
        "DINGTALK_EVENT_TOKEN": "localEventToken",
        "CONSOLE_SESSION_KEY": "local-session-key-of-this-machine-only",
        "METRICS_TOKEN": "local-metrics-token",
        "DINGTALK_AES_KEY": "LocalAesKeyForEventsOnThisMachine0123456789",
        "COMMON_LAYER_ARN": "acs:fc:cn-hangzhou:1000000000000001:layers/rag-on-dingtalk/versions/1",
    }
    given = {name: value for name, value in settings.environ.items() if name not in _OF_A_DEPLOYMENT}
    environ = {**invented, **given}
    if settings.zips is not None:
        environ["DEPLOY_PYTHON"] = python_of(settings.zips)
    if settings.demo_bots and not settings.backend:
        environ["ANYTHINGLLM_API_KEY"] = KNOWLEDGE_KEY
    return environ
