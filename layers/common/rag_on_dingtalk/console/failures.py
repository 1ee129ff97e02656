"""Pages that say why there is no other: what happened, and what to do next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.responses import Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import heading, note
from rag_on_dingtalk.errors import DingTalkError, StateError, UnreadableRowError

if TYPE_CHECKING:
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.errors import BotError

#: title, and what to do: in both languages.
_REFUSALS = {
    "address": (
        ("这个网址不是控制台的", "This is not the console's address"),
        (
            "请用管理员给你的网址打开；部署时要在 bots.yaml 写好 console.url。",
            "Open it by the address your administrator gave you; a deployment needs console.url in bots.yaml.",
        ),
    ),
    "right": (
        ("你没有看这一页的权限", "You may not see this page"),
        (
            "请让负责人在 bots.yaml 的 roles 里给你合适的角色，重新部署后再打开。",
            "Ask an owner to give you a role under `roles` in bots.yaml; after the next deployment it opens.",
        ),
    ),
    "origin": (
        ("这次提交不是从控制台发出的", "This was not sent by the console"),
        (
            "什么也没有改变。请回到控制台，重新填写并提交。",
            "Nothing was changed. Go back to the console, fill the form in again and send it.",
        ),
    ),
    "form": (
        ("这张表单已经失效", "This form is not valid any more"),
        (
            "什么也没有改变。请重新打开页面，再填一次。",
            "Nothing was changed. Open the page anew and fill it in again.",
        ),
    ),
    "too_long": (
        ("填写的内容太长", "What you wrote is too long"),
        ("请缩短到 25 万字节以内再提交。", "Shorten it to less than 256 KB and send it again."),
    ),
    "stale": (
        ("请再确认一次身份", "Please confirm who you are"),
        (
            "改变权限的操作，需要十分钟之内登录过。什么也没有改变；确认之后会回到刚才的页面。",
            "Changing rights needs a sign-in within the last ten minutes. Nothing was changed; you come back to the page.",
        ),
    ),
}


def refused(say: Say, why: str, *, status: int = 403, link: str = "") -> Page:
    """A request that changes nothing; why: a key of the table. link: where to confirm who it is."""
    title, what = (say(*pair) for pair in _REFUSALS[why])
    way = (
        el("a", say("用钉钉确认", "Confirm with DingTalk"), href=link, class_="button primary")
        if link
        else el("a", say("回到首页", "To the first page"), href="/")
    )
    return Page(title=title, body=join((heading(title), note("warn", what), way)), status=status)


def not_found(say: Say) -> Page:
    """Nothing is there."""
    title = say("没有这一页", "There is no such page")
    what = say("它可能已经过期被清除，或者网址写错了。", "It may have expired, or the address is mistyped.")
    back = el("a", say("回到首页", "To the first page"), href="/")
    return Page(title=title, body=join((heading(title), note("", what), back)), status=404)


def failed(say: Say, error: BotError) -> Page:
    """A page whose data could not be had."""
    if isinstance(error, UnreadableRowError):
        return not_found(say)
    title = say("现在打不开这一页", "This page cannot be shown now")
    if isinstance(error, StateError):
        if error.code == "OTSObjectNotExist":
            what = say(
                "有一张数据表还没有建。请运行 `python -m rag_on_dingtalk tables --create`，再打开。",
                "A table is missing. Run `python -m rag_on_dingtalk tables --create`, then open it again.",
            )
        else:
            what = say(
                "表格存储没有应答（{code}）。通常一分钟内恢复，请稍后重试；一直这样就看「健康」页。",
                "Tablestore did not answer ({code}). It is usually back within a minute; if not, see the page Health.",
                code=error.code,
            )
    elif isinstance(error, DingTalkError):
        what = say(
            "钉钉拒绝了请求（{code}）。请运行 `python -m rag_on_dingtalk doctor`，它会说缺哪个权限。",
            "DingTalk refused ({code}). Run `python -m rag_on_dingtalk doctor`: it names the permission that is missing.",
            code=error.code,
        )
    else:
        what = say("请稍后重试；日志里有原因。", "Try again later; the log says why.")
    return Page(title=title, body=join((heading(title), note("bad", what))), status=503)
