"""权限: the rules as a matrix, what is lent and until when, and who asks for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.roles import ROLES, holders_of
from rag_on_dingtalk.console import reasons, value_names
from rag_on_dingtalk.console.pages.rights.granting import departments_of, form
from rag_on_dingtalk.console.reading.requests import LEFT, read_requests
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, note, table, tag
from rag_on_dingtalk.storage.access.grants import list_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.console.reading.requests import Request
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.models.access import Grant

_DONE = {
    "given": ("已授权，十秒内生效。", "It is granted, and counts within ten seconds."),
    "taken": ("已收回，马上生效。", "It is taken back, from now on."),
    "approved": ("已批准，并通知了提问人。", "It is approved, and the person was told."),
    "approved_untold": ("已批准，但没能通知到提问人，请自己告诉他。", "It is approved; the person could not be told, so tell them."),
    "rejected": ("已拒绝，并通知了提问人。", "It is rejected, and the person was told."),
    "rejected_untold": ("已拒绝，但没能通知到提问人。", "It is rejected; the person could not be told."),
    "before": ("这个申请之前已经有人处理过了，什么都没有改变。", "An owner decided on this request before; nothing was changed."),
}  # fmt: skip


async def page(visit: Visit) -> Answer:
    """The page."""
    services, say = visit.services, visit.say
    grants = await services.grants.living(visit.name, visit.now_ms)
    requests = await read_requests(services.rows, visit.name, scope_of(visit.bot), visit.now_ms)
    people = [grant.user for grant in grants] + [request.user for request in requests]
    names = await services.directory.names(scope_of(visit.bot), people)
    departments = await departments_of(visit)
    told = _DONE.get(visit.query.get("done", ""))
    return Page(
        title=say("权限", "Access"),
        body=join(
            (
                heading(
                    say("权限", "Access"),
                    say("谁可以问哪个知识库。规则写在 bots.yaml 里；这里可以临时授权。", "Who may ask which knowledge base. Rules stand in bots.yaml; here rights are lent."),
                    el("a", say("试一试：某人能不能问", "Try: may this person ask?"), href=visit.link("simulator"), class_="button"),
                ),
                note("good", say(*told)) if told else None,
                requested(visit, requests, names),
                lent(visit, grants, names, departments),
                el("section", el("h2", say("给一个部门或一个人授权", "Lend a right")), form(visit, departments), class_="card")
                if visit.may("grant")
                else None,
                rules(visit, departments),
                roles(visit),
            )
        ),
    )  # fmt: skip


def requested(visit: Visit, requests: Sequence[Request], names: dict[str, str]) -> Markup:
    """Requests of the last week."""
    say = visit.say
    title = el("h2", say("申请", "Requests"))
    if not requests:
        nothing = say("近 7 天没有人申请。", "No one has asked within the last seven days.")
        return el("section", title, el("p", nothing, class_="quiet"), class_="card")
    rows = [
        (
            say.moment(one.at_ms),
            value_names.person(names, one.user),
            one.route,
            _decision(visit, one),
        )
        for one in requests
    ]
    head = (say("时间", "Time"), say("谁", "Who"), say("线路", "Route"), say("处理", "Decision"))
    return el("section", title, table(head, rows), class_="card")


def _decision(visit: Visit, request: Request) -> Markup:
    say = visit.say
    if request.decided == LEFT:
        return tag(say("已离职，申请作废", "Has left; it is void"), "bad")
    if request.decided:
        by, _, rest = request.decided.partition(":")
        approved = rest.startswith("approve")
        label = say("已批准", "Approved") if approved else say("已拒绝", "Rejected")
        return el("span", tag(label, "good" if approved else "bad"), " ", el("span", by, class_="quiet"))
    if not visit.may("approve"):
        return tag(say("等待处理", "Waiting"), "warn")
    return el(
        "a", say("处理", "Decide"), href=visit.link(f"access/requests/{request.turn_id}"), class_="button"
    )


def lent(
    visit: Visit, grants: Sequence[Grant], names: dict[str, str], departments: Sequence[tuple[int, str]]
) -> Markup:
    """What is lent now."""
    say = visit.say
    title = el("h2", say("现在的临时授权", "What is lent now"))
    if not grants:
        return el("section", title, el("p", say("没有。", "Nothing."), class_="quiet"), class_="card")
    known = dict(departments)
    rows = [
        (
            who(visit, grant, names, known),
            grant.route,
            say.moment(grant.until_ms),
            grant.granted_by,
            el("span", grant.why or "—", class_="words"),
            el(
                "a",
                say("收回", "Take back"),
                href=visit.link("access/take", grant=list_key(grant)),
                class_="button danger",
            )
            if visit.may("grant")
            else "",
        )
        for grant in grants
    ]
    head = (
        say("谁", "Who"),
        say("线路", "Route"),
        say("到", "Until"),
        say("谁给的", "Given by"),
        say("原因", "Why"),
        "",
    )
    return el("section", title, table(head, rows), class_="card")


def who(visit: Visit, grant: Grant, names: dict[str, str], departments: dict[int, str]) -> Markup | str:
    """The person or the department."""
    if not grant.department:
        return value_names.person(names, grant.user)
    name = departments.get(grant.department, "")
    label = visit.say("部门 {name}", "department {name}", name=name or grant.department)
    return el("span", label, " ", el("span", grant.department, class_="quiet") if name else "")


def rules(visit: Visit, departments: Sequence[tuple[int, str]]) -> Markup:
    """Every rule against every route."""
    say, policy, known = visit.say, policy_of(visit.bot), dict(departments)
    title = el("h2", say("规则（只读）", "The rules (read-only)"))
    about = el("p", say("拒绝优先于临时授权，临时授权优先于允许；一条线路有了允许规则，没被允许的人就不能用。",
                        "Deny beats a grant, and a grant beats allow; where a rule allows a route, all others are refused it."), class_="hint")  # fmt: skip
    named = {
        name: rule
        for route in policy.routes
        for name, rule in (*policy.denying[route.name], *policy.allowing[route.name])
    }
    if not named:
        return el(
            "section",
            title,
            el("p", say("没有规则：所有人都可以问。", "There is no rule: everyone may ask."), class_="quiet"),
            class_="card",
        )
    rows = []
    for name, rule in named.items():
        kind = tag(say("拒绝", "Deny"), "bad") if rule.deny is not None else tag(say("允许", "Allow"), "good")
        cells = [
            value_names.yes(say, name in dict((*policy.denying[route.name], *policy.allowing[route.name])))
            for route in policy.routes
        ]
        rows.append(
            (
                el("span", kind, " ", name),
                el("span", reasons.told(say, rule.subjects, known), class_="words"),
                *cells,
            )
        )
    head = (say("规则", "Rule"), say("对谁", "Whom"), *(route.name for route in policy.routes))
    return el("section", title, about, table(head, rows), class_="card")


def roles(visit: Visit) -> Markup:
    """Who runs the bot."""
    say, holders = visit.say, holders_of(visit.bot)
    about = {
        "owner": say("授权、批准申请、看一切", "gives rights, approves, sees everything"),
        "curator": say("管知识和标准答案，看问题原文", "looks after answers, reads questions"),
        "operator": say("管运行，不看问题原文", "looks after the service, reads no question"),
        "auditor": say("看审计和问题原文，不改任何东西", "reads the audit and questions, changes nothing"),
    }
    rows = [
        (
            role,
            about[role],
            el("span", "、".join(dict.fromkeys(getattr(holders, role))) or "—", class_="words"),
        )
        for role in ROLES
        if role != "asker"
    ]
    head = (say("角色", "Role"), say("做什么", "What for"), say("谁", "Who"))
    return el("section", el("h2", say("管理角色", "Roles")), table(head, rows), class_="card")
