"""The one bot that answers in the real DingTalk. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bot import Bots
from rag_on_dingtalk.settings.checks.bots import check
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot

_ID, _SECRET, _TEMPLATE = "DINGTALK_CLIENT_ID", "DINGTALK_CLIENT_SECRET", "DINGTALK_CARD_TEMPLATE"

WITHOUT_CREDENTIALS = (
    f"Set {_ID} and {_SECRET}, which the page 凭证与基础信息 of your app shows at "
    "https://open-dev.dingtalk.com, and start again."
)


def live_bots(bots: Bots, environ: Mapping[str, str], *, demo: bool) -> Bots:
    """The bot with the app of DINGTALK_CLIENT_ID, in Stream mode; no other.

    demo: the bots are the local system's own, whose people and template the real DingTalk does not know.

    Raises:
        ConfigurationError: there are no credentials, or no bot of the file is meant.
    """
    client_id = environ.get(_ID, "").strip()
    if not client_id or not environ.get(_SECRET, "").strip():
        raise ConfigurationError(WITHOUT_CREDENTIALS)
    name, bot = next(iter(bots.bots.items())) if demo else _meant(bots, client_id)
    app = bot.dingtalk
    if demo:
        bot = msgspec.structs.replace(bot, administrators=())
        app = msgspec.structs.replace(app, card=CardTemplate(), corp_id="", robot_code="")
    if template := environ.get(_TEMPLATE, "").strip():
        app = msgspec.structs.replace(app, card=CardTemplate(id=template, variable="content", buttons=True))
    app = msgspec.structs.replace(
        app,
        mode="stream",
        client_id=client_id,
        client_secret=f"env:{_SECRET}",
        next_client_secret="",
        # Of the ways by HTTP; their secrets need not be on this machine.
        card_callback=None,
        events=None,
        path_secret="",
        aes_key="",
        encrypted_only=False,
    )
    return check(Bots(bots={name: msgspec.structs.replace(bot, dingtalk=app)}))


def _meant(bots: Bots, client_id: str) -> tuple[str, Bot]:
    of_the_app = [item for item in bots.bots.items() if item[1].dingtalk.client_id == client_id]
    found = of_the_app or list(bots.bots.items())
    if len(found) > 1:
        raise ConfigurationError(
            f"bots.yaml has {len(bots.bots)} bots, and it is not clear which one is to answer for the app "
            f"{client_id}. Give one of them, and only one, this client_id."
        )
    return found[0]
