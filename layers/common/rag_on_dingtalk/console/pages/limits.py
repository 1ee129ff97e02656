"""限额: what bots.yaml bounds, how much of it is used today, and the month's DingTalk calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.limits.windows import window_of
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, table
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of
from rag_on_dingtalk.storage.tables import COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.settings.sections.limits import Limit

_SCOPES = {
    "user": ("每个人", "each person"),
    "group": ("每个群", "each group"),
    "department": ("每个部门", "each department"),
    "bot": ("整个机器人", "the whole bot"),
}
#: Of limits that name whom they are about; more are not counted here.
_MOST_COUNTED = 60


async def page(visit: Visit) -> Answer:
    """The page."""
    say = visit.say
    used = await _used(visit)
    spent = None
    if visit.bot.dingtalk.budget.monthly_calls is not None:
        counter = CallCounter(
            visit.services.rows, visit.bot.dingtalk.client_id, me="console", clock=lambda: visit.now_ms
        )
        spent = (await counter.read(month_of(visit.now_ms))).spent
    about = say(
        "写在 bots.yaml 的 limits 里；改了要重新部署。",
        "They stand under `limits` in bots.yaml; a change takes a deployment.",
    )
    body = join((heading(say("限额", "Limits"), about), limits(visit, used), calls(visit, spent)))
    return Page(title=say("限额", "Limits"), body=body)


def limit_told(say: Say, limit: Limit) -> str:
    """One limit in a sentence."""
    scope = say(*_SCOPES[limit.scope])
    whom = "、".join(str(one) for one in limit.ids)
    parts = []
    if limit.questions:
        per = (
            say("每分钟", "a minute") if limit.per == "minute" else say("每天（北京时间）", "a day in China")
        )
        parts.append(say("{per}最多问 {n} 个", "{n} questions {per}", per=per, n=limit.questions))
    if limit.concurrent:
        parts.append(say("同时最多回答 {n} 个", "{n} answers at once", n=limit.concurrent))
    named = say("（只限 {whom}）", " (only {whom})", whom=whom) if whom else ""
    return f"{scope}{named}{say('：', ': ')}{say('，', ', ').join(parts)}"


def limits(visit: Visit, used: dict[tuple[str, str], int]) -> Markup:
    """Every limit, and what is used of those whose counter is known."""
    say = visit.say
    if not visit.bot.limits:
        nothing = say("没有限额：想问多少就问多少。", "There is no limit.")
        return el("section", el("p", nothing, class_="empty"), class_="card")
    rows = []
    for limit in visit.bot.limits:
        away = (
            say("照常回答，不计数", "answer, uncounted")
            if limit.store_away == "answer"
            else say("拒绝", "refuse")
        )
        counted = [
            say("{id} 已用 {n}", "{id}: {n}", id=id_ or say("合计", "all"), n=used[_key(visit, limit, id_)])
            for id_ in _named(limit)
            if _key(visit, limit, id_) in used
        ]
        rows.append((limit_told(say, limit), "，".join(counted) or "—", away))
    head = (
        say("限额", "Limit"),
        say("这段时间已用", "Used in this time"),
        say("表格存储连不上时", "Without Tablestore"),
    )
    return el("section", table(head, rows), class_="card")


def calls(visit: Visit, spent: int | None) -> Markup:
    """The month's DingTalk calls."""
    say, budget = visit.say, visit.bot.dingtalk.budget.monthly_calls
    title = el("h2", say("本月的钉钉调用", "DingTalk calls of this month"))
    if budget is None or spent is None:
        return el(
            "section",
            title,
            el("p", say("没有设上限。", "They are not bounded."), class_="quiet"),
            class_="card",
        )
    label = say(
        "已用 {spent} / {budget}", "{spent} of {budget} are spent", spent=f"{spent:,}", budget=f"{budget:,}"
    )
    bar = el("progress", value=min(spent, budget), max=budget, aria_label=label)
    about = say(
        "用到 80% 会更省着用；用完之后改用会话 webhook 回复，仍然能回答。",
        "Beyond 80 % fewer frames are sent; at the end answers go by the conversation's webhook.",
    )
    return el("section", title, el("p", label), bar, el("p", about, class_="hint"), class_="card")


async def _used(visit: Visit) -> dict[tuple[str, str], int]:
    """What the counters of named limits say, in one request."""
    keys = [_key(visit, limit, id_) for limit in visit.bot.limits if limit.questions for id_ in _named(limit)]
    keys = list(dict.fromkeys(keys))[:_MOST_COUNTED]
    if not keys:
        return {}
    rows = await visit.services.rows.get_many(COUNTERS, keys)
    return {key: 0 if row is None else int(row.get("n", 0)) for key, row in zip(keys, rows, strict=True)}


def _named(limit: Limit) -> tuple[str, ...]:
    return ("",) if limit.scope == "bot" else tuple(str(one) for one in limit.ids)


def _key(visit: Visit, limit: Limit, id_: str) -> tuple[str, str]:
    """As `access/limits/meters.py` makes it for short plain ids."""
    return (f"limit:{visit.name}:{limit.scope}:{id_}", window_of(limit.per, visit.now_ms))
