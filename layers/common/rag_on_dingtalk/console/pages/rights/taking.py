"""Taking back what was lent; lending it again undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import LONGEST_REASON, confirmation
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import heading

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit


async def preview(visit: Visit) -> Answer:
    """What taking it back would change."""
    say = visit.say
    grant = await visit.services.grants.listed(visit.name, visit.query.get("grant", ""))
    if grant is None:
        return not_found(say)
    title = say("确认收回", "Confirm taking back")
    who = grant.user or say("部门 {id}", "department {id}", id=grant.department)
    page = visit.link("access/take", grant=visit.query.get("grant", ""))
    body = el(
        "section",
        el("h2", say("会改变什么", "What it changes")),
        el(
            "div",
            el(
                "del",
                say(
                    "{who} 可以问「{route}」，到 {until}",
                    "{who} may ask {route} until {until}",
                    who=who,
                    route=grant.route,
                    until=say.moment(grant.until_ms),
                ),
            ),
            el("ins", say("马上不能再问，除非有规则允许", "no longer, unless a rule allows it")),
            class_="diff",
        ),
        confirmation(
            visit,
            say("收回", "Take back"),
            action="access/take",
            back="access",
            danger=True,
            undo=say("收回之后想恢复，再授权一次即可。", "To undo it, lend it again."),
            page=page,
            grant=visit.query.get("grant", ""),
        ),
        class_="card",
    )
    return Page(title=title, body=join((heading(title), body)))


async def take(visit: Visit) -> Answer:
    """End it now."""
    grant = await visit.services.grants.listed(visit.name, visit.form.get("grant", ""))
    why = visit.form.get("why", "").strip()[:LONGEST_REASON]
    if grant is None or not why:
        return not_found(visit.say)
    await visit.services.grants.end(grant, now_ms=visit.now_ms, by=visit.user)
    what = f"{grant.user or f'department {grant.department}'} {grant.route}"
    rule = permission(visit.user, "grant", visit.bot).rule
    await visit.record("grant.taken", what=what, detail=f"{grant.id}: {why}", rule=rule)
    return Go(visit.link("access", done="taken"))
