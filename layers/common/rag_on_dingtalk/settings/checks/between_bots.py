"""The rules between bots: what two of them must share, and what they cannot.

Sources: "注册卡片回调地址" (development/register-card-callback-address): a route leads to one address.
"机器人发送群聊消息" (development/the-robot-sends-a-group-message): a robot sends for its own app only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.settings.bot import Bot

#: What belongs to the app rather than to one of its bots.
_OF_THE_APP = ("client_secret", "next_client_secret", "budget")


def check_together(bots: Mapping[str, Bot]) -> None:
    """Compare each bot with those before it that share something with it; a thousand bots share little.

    Raises:
        ConfigurationError: names both and what to do.
    """
    first: dict[tuple[str, str], str] = {}

    def _earlier(what: str, value: str, name: str) -> str | None:
        found = first.setdefault((what, value), name) if value else name
        return None if found == name else found

    for name, bot in bots.items():
        app = bot.dingtalk
        others = {
            _earlier("app", app.client_id, name),
            # An app has one organisation, which not all of its bots name.
            _earlier("organised app", app.corp_id and app.client_id, name),
            _earlier("robot", app.robot, name),
            _earlier("route", app.card_callback.route if app.card_callback else "", name),
        }
        for other_name in others:
            if other_name is not None:
                _check_two((other_name, bots[other_name]), (name, bot))


def _check_two(one: tuple[str, Bot], another: tuple[str, Bot]) -> None:
    (name, bot), (other_name, other) = one, another
    both = f"bots.{name}.dingtalk and bots.{other_name}.dingtalk"
    if bot.dingtalk.client_id == other.dingtalk.client_id:
        _check_same_app(both, bot, other)
    else:
        _check_two_apps(both, bot, other)
    _check_routes(both, one, another)


def _check_same_app(both: str, bot: Bot, other: Bot) -> None:
    app, same = bot.dingtalk, other.dingtalk
    if app.by_stream or same.by_stream:
        raise ConfigurationError(
            f"{both} have one client_id, and what comes by Stream for an app says nothing of its bots. "
            "Give one of them an app of its own, or both `mode: http`."
        )
    for setting in _OF_THE_APP:
        if getattr(app, setting) != getattr(same, setting):
            raise ConfigurationError(
                f"{both} have one client_id but differ in {setting}, of which an app has one. "
                "Give both the same."
            )
    if app.corp_id and same.corp_id and app.corp_id != same.corp_id:
        raise ConfigurationError(
            f"{both} have one client_id but differ in corp_id, and an app belongs to one organisation. "
            "Correct one of them."
        )


def _check_two_apps(both: str, bot: Bot, other: Bot) -> None:
    if bot.dingtalk.robot == other.dingtalk.robot:
        raise ConfigurationError(
            f"{both} have different client_ids but one robot, {bot.dingtalk.robot!r}, and a robot belongs to "
            "one app. Correct the client_id or the robot_code of one of them."
        )


def _check_routes(both: str, bot: tuple[str, Bot], other: tuple[str, Bot]) -> None:
    (name, one), (other_name, another) = bot, other
    callback, other_callback = one.dingtalk.card_callback, another.dingtalk.card_callback
    if callback is not None and other_callback is not None and callback.route == other_callback.route:
        raise ConfigurationError(
            f"{both} share the card_callback.route {callback.route!r}, which leads to one address only, and "
            f"their clicks go to /cards/{name} and /cards/{other_name}. Give one of them another route, then "
            "run `python -m rag_on_dingtalk register-cards`."
        )
