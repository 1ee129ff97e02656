"""Lending a right: first what it would change, then why, then the act; taking it back undoes it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.granting import until_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.pages.confirming import LONGEST_REASON
from rag_on_dingtalk.console.pages.rights.objecting import objection_to
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, facts, field, heading, hidden, note
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag_on_dingtalk.console.visit import Visit

_LENGTHS = {"1d": ("1 天", "1 day"), "7d": ("7 天", "7 days"), "30d": ("30 天", "30 days")}


def form(visit: Visit, departments: Sequence[tuple[int, str]]) -> Markup:
    """Who, what, for how long and why."""
    say, query = visit.say, visit.query
    listed = [("", say("（选一个部门，或在下面填一个人）", "(a department, or a person below)"))]
    listed += [(str(id_), name) for id_, name in departments]
    who = (
        choice(
            say("部门（含下级部门的所有人）", "Department, with all below it"),
            "department",
            listed,
            query.get("department", ""),
        )
        if departments
        else field(
            say("部门 id", "Department id"), "department", query.get("department", ""), inputmode="numeric"
        )
    )
    routes = [(route.name, route.name) for route in visit.bot.all_routes]
    restricted = [route.name for route in visit.bot.all_routes if policy_of(visit.bot).allowing[route.name]]
    lengths = [
        (length, say(*_LENGTHS[length]))
        for length in _LENGTHS
        if _days(length) <= visit.bot.grants.longest_days
    ]
    return el(
        "form",
        who,
        field(say("或者一个人的工号", "Or a person's staff id"), "user", query.get("user", ""), maxlength=64),
        choice(
            say("可以问", "May ask"), "route", routes, query.get("route", "") or next(iter(restricted), "")
        ),
        choice(say("多久", "For"), "length", lengths, query.get("length", "7d")),
        field(
            say("为什么（会记入审计）", "Why (it is recorded)"),
            "why",
            query.get("why", ""),
            required=True,
            maxlength=LONGEST_REASON,
        ),
        el(
            "div",
            el("button", say("看看会改变什么", "See what it changes"), class_="primary"),
            class_="actions",
        ),
        method="get",
        action=visit.link("access/grant"),
        class_="form",
    )


async def preview(visit: Visit) -> Answer:
    """What the grant would change, and a button that does it."""
    say = visit.say
    title = say("确认授权", "Confirm what is lent")
    grant = _wanted(visit, visit.query)
    if grant is None:
        return _back(
            visit,
            title,
            say(
                "没有填完整：要有部门或工号、线路、多久和为什么。",
                "Something is missing: a department or a staff id, a route, how long and why.",
            ),
        )
    if wrong := await _objection(visit, grant):
        return _back(visit, title, wrong)
    names = dict(await departments_of(visit))
    return Page(title=title, body=join((heading(title), shown(visit, grant, names))))


def shown(visit: Visit, grant: Grant, departments: dict[int, str]) -> Markup:
    """Before and after, and the button."""
    say, policy = visit.say, policy_of(visit.bot)
    who = (
        say(
            "部门 {name} 里的所有人（含下级部门）",
            "everyone in {name} and the departments below",
            name=departments.get(grant.department, grant.department),
        )
        if grant.department
        else grant.user
    )
    route = next(one for one in policy.routes if one.name == grant.route)
    denied = "、".join(name for name, _ in policy.denying[grant.route])
    before = (
        say("要有规则允许才能问「{route}」", "a rule must allow {route}", route=grant.route)
        if policy.allowing[grant.route]
        else say("「{route}」本来就对所有人开放", "{route} is open to everyone anyway", route=grant.route)
    )
    after = say(
        "{who} 可以问「{route}」，到 {until} 自动结束",
        "{who} may ask {route}, until {until}",
        who=who,
        route=grant.route,
        until=say.moment(grant.until_ms),
    )
    page = visit.link(
        "access/grant",
        **{key: visit.query.get(key, "") for key in ("department", "user", "route", "length", "why")},
    )
    return el(
        "section",
        facts(
            (
                (say("谁", "Who"), who),
                (say("可以问", "May ask"), f"{grant.route} → {route.use}"),
                (say("到什么时候", "Until"), say.moment(grant.until_ms)),
                (say("为什么", "Why"), grant.why),
            )
        ),
        el("h2", say("会改变什么", "What it changes")),
        el("div", el("del", before), el("ins", after), class_="diff"),
        note(
            "warn",
            say(
                "被这些规则拒绝的人仍然不能问：{rules}",
                "Those whom these rules deny still may not: {rules}",
                rules=denied,
            ),
        )
        if denied
        else None,
        el(
            "form",
            hidden(
                form=visit.token,
                page=page,
                department=str(grant.department or ""),
                user=grant.user,
                route=grant.route,
                length=visit.query.get("length", ""),
                why=grant.why,
            ),
            el(
                "div",
                el("button", say("授权", "Lend it"), class_="primary"),
                el("a", say("取消", "Cancel"), href=visit.link("access"), class_="button"),
                class_="actions",
            ),
            method="post",
            action=visit.link("access/grant"),
        ),
        class_="card",
    )


async def give(visit: Visit) -> Answer:
    """Lend it."""
    say = visit.say
    title = say("确认授权", "Confirm what is lent")
    grant = _wanted(visit, visit.form)
    if grant is None:
        return _back(
            visit, title, say("没有填完整，什么都没有改变。", "Something is missing; nothing was changed.")
        )
    what = f"{grant.user or f'department {grant.department}'} {grant.route}"
    if wrong := await _objection(visit, grant):
        await visit.record("grant.given", what=what, result="refused")
        return _back(visit, title, wrong)
    await visit.services.grants.give(grant)
    rule = permission(visit.user, "grant", visit.bot).rule
    await visit.record(
        "grant.given",
        what=what,
        detail=f"{grant.id} until {say.moment(grant.until_ms)}: {grant.why}",
        rule=rule,
    )
    return Go(visit.link("access", done="given"))


async def _objection(visit: Visit, grant: Grant) -> str:
    if grant.department:
        known = dict(await departments_of(visit))
        if known and grant.department not in known:
            return visit.say("没有 id 为 {id} 的部门。", "There is no department {id}.", id=grant.department)
    return await objection_to(visit, grant, verb="grant")


async def departments_of(visit: Visit) -> tuple[tuple[int, str], ...]:
    """The departments by name; none while DingTalk cannot be asked, and then ids do."""
    try:
        return await visit.services.departments(visit.name)
    except DingTalkError as error:
        visit.services.log("departments_not_read", level="WARNING", code=error.code)
        return ()


def _wanted(visit: Visit, fields: Mapping[str, str]) -> Grant | None:
    """The grant that a form asks for; None: something is missing."""
    values = {key: value.strip() for key, value in fields.items()}
    department, user = values.get("department", ""), values.get("user", "")
    why = values.get("why", "")[:LONGEST_REASON]
    until_ms = until_of(values.get("length", ""), visit.now_ms)
    one_of_both = bool(department) is not bool(user)
    if not (one_of_both and why and until_ms) or (
        department and not (department.isascii() and department.isdecimal())
    ):
        return None
    return Grant(
        id=f"c{secrets.token_hex(12)}",
        bot=visit.name,
        user=user[:64],
        route=values.get("route", ""),
        from_ms=visit.now_ms,
        until_ms=until_ms,
        granted_by=visit.user,
        why=why,
        department=int(department[:12] or 0),
    )


def _back(visit: Visit, title: str, why: str) -> Page:
    """Why not, and the way back to the form with what was filled in."""
    kept = {
        key: (visit.query.get(key) or visit.form.get(key, ""))
        for key in ("department", "user", "route", "length", "why")
    }
    again = el(
        "a",
        visit.say("回去修改", "Go back and change it"),
        href=visit.link("access", **kept),
        class_="button",
    )
    return Page(title=title, body=join((heading(title), note("warn", why), again)), status=422)


def _days(length: str) -> int:
    return int(length[:-1])
