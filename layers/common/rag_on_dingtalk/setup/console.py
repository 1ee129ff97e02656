"""What to paste where in DingTalk's developer console. Pure.

Sources of the places: dingstart/configure-the-robot-application, development/configure-stream-push,
development/add-api-permission; docs/guides/dingtalk.md draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.settings.checks.console import signing_bot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.settings.bot import Bot, Bots
    from rag_on_dingtalk.settings.sections.console import ConsoleSettings

CONSOLE = "https://open-dev.dingtalk.com"
UNKNOWN_URL = "https://<the callback's address>"
UNKNOWN_CONSOLE = "https://<the console's domain>"
#: What signing in and the list of departments need (`dingtalk/directory/`).
_SIGN_IN_SCOPES = ("Contact.User.Read", "qyapi_get_member", "qyapi_get_department_list", "qyapi_base")

_ENV = "env:"


def pasting(bots: Bots, url: str, console: str) -> Iterator[str]:
    """Lines for a person; secrets are named and not shown.

    url: the callback function's address without a path; empty: not known yet. console: its function's name.
    """
    yield f"In DingTalk's developer console, {CONSOLE} (docs/guides/dingtalk.md has a drawing of every page):"
    for name, bot in bots.bots.items():
        yield f"  {name}, the app with the Client ID {bot.dingtalk.client_id}"
        for place, text in _of_a_bot(name, bot, url or UNKNOWN_URL):
            yield f"    {place}: {text}"
    if bots.console is not None:
        yield from _of_the_console(bots, bots.console, console)
    if not url and not all(bot.dingtalk.by_stream for bot in bots.bots.values()):
        yield "  The address is known once the functions are deployed: run setup again with --url."


def _of_a_bot(name: str, bot: Bot, url: str) -> Iterator[tuple[str, str]]:
    app = bot.dingtalk
    end = f"/<{_named(app.path_secret)}>" if app.path_secret else ""
    scopes = ["qyapi_robot_sendmsg"]
    if app.card is not None:
        scopes += ["Card.Instance.Write", "Card.Streaming.Write"]
    scopes += ["qyapi_base"]
    if bot.administrators:
        scopes += ["qyapi_get_member"]
    yield "权限管理, apply for", ", ".join(scopes)
    if app.by_stream:
        yield from by_stream()
        return
    yield "应用能力 > 机器人 > 消息接收模式", "HTTP 模式"
    yield "应用能力 > 机器人 > 消息接收地址", f"{url}/robot/{name}{end}"
    if app.events is not None:
        yield "开发配置 > 事件订阅 > HTTP 推送 > 加密 aes_key", _named(app.events.aes_key)
        yield "开发配置 > 事件订阅 > HTTP 推送 > 签名 token", _named(app.events.token)
        yield "开发配置 > 事件订阅 > HTTP 推送 > 请求网址", f"{url}/events/{name}{end}"
    if app.card_callback is not None:
        yield "clicks on cards", f"nothing to paste; `register-cards` registers {url}/cards/{name}{end}"
    yield "版本管理与发布", "publish the robot, then a version of the app"


def _of_the_console(bots: Bots, console: ConsoleSettings, function: str) -> Iterator[str]:
    name = signing_bot(bots)
    address = console.url or UNKNOWN_CONSOLE
    client_id = bots.bots[name].dingtalk.client_id
    yield f"  the administrators' console, the function {function}, in the app of {name} ({client_id})"
    yield f"    安全设置 > 重定向 URL: {address}/sign-in/return"
    yield f"    权限管理, apply for: {', '.join(_SIGN_IN_SCOPES)}"
    yield f"    网页应用, to open it inside DingTalk: {address}/"
    if not console.url:
        yield "    It needs a domain of yours with HTTPS: write it as console.url, and run setup again."


def by_stream() -> Iterator[tuple[str, str]]:
    """What to switch on for a bot whose pushes come by Stream: place, and what to do there."""
    yield "应用能力 > 机器人 > 消息接收模式", "Stream 模式"
    yield "clicks on cards", "nothing to switch on; each card says that they come by Stream"
    yield "版本管理与发布", "publish the robot, then a version of the app"
    yield (
        "开发配置 > 事件订阅",
        "Stream 模式推送, while the bridge is connected: 已完成接入，验证连接通道; then tick the events",
    )


def _named(reference: str) -> str:
    return f"{reference.removeprefix(_ENV)} of .env" if reference.startswith(_ENV) else reference
