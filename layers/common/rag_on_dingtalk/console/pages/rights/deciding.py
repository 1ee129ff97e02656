"""Deciding on a request for access; the first decision stands, whether it falls here or on a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console import value_names
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.questions import may_read
from rag_on_dingtalk.console.pages.rights.objecting import objection_to
from rag_on_dingtalk.console.reading.requests import decision_key
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import choice, facts, heading, hidden, note
from rag_on_dingtalk.dingtalk.outbound.messages import markdown_message, send_message
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.models.question import Conversation, ConversationType, is_turn_id
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.storage.turns.row import TurnRow

_HOUR_MS = 3_600_000
_HOURS = {"1": ("1 小时", "1 hour"), "24": ("1 天", "1 day"), "168": ("7 天", "7 days")}


async def page(visit: Visit) -> Answer:
    """The request with what a decision changes."""
    say, row = visit.say, await _refused(visit)
    if row is None:
        return not_found(say)
    asked = row.question
    names = await visit.services.directory.names(scope_of(visit.bot), [asked.sender.staff_id])
    readable = await may_read(visit, asked.turn_id, 1)
    title = say("一个申请", "A request")
    why = visit.link("simulator", user=asked.sender.staff_id, turn=asked.turn_id, run="1")
    body = el(
        "section",
        facts(
            (
                (say("谁", "Who"), value_names.person(names, asked.sender.staff_id)),
                (say("想用", "Wants"), row.outcome.refused),
                (say("什么时候问的", "Asked"), say.moment(asked.asked_ms)),
                (say("问题", "Question"), asked.text if readable else value_names.masked(say, asked.text)),
            )
        ),
        el("p", el("a", say("为什么被拒绝", "Why it was refused"), href=why)),
        el("h2", say("会改变什么", "What it changes")),
        el(
            "div",
            el("del", say("不能问「{route}」", "may not ask {route}", route=row.outcome.refused)),
            el(
                "ins",
                say(
                    "批准：从现在起可以问，到期自动结束",
                    "approved: may ask from now on, until it ends by itself",
                ),
            ),
            class_="diff",
        ),
        el(
            "form",
            hidden(form=visit.token, page=visit.link(f"access/requests/{asked.turn_id}")),
            choice(
                say("多久", "For"), "hours", [(hours, say(*said)) for hours, said in _HOURS.items()], "24"
            ),
            el(
                "div",
                el("button", say("批准", "Approve"), name="decision", value="approve", class_="primary"),
                el("button", say("拒绝", "Reject"), name="decision", value="reject", class_="danger"),
                class_="actions",
            ),
            el(
                "p",
                say(
                    "批准之后可以在「权限」页收回。", "What is approved can be taken back on the page Access."
                ),
                class_="hint",
            ),
            method="post",
            action=visit.link(f"access/requests/{asked.turn_id}"),
            class_="form",
        ),
        class_="card",
    )
    return Page(title=title, body=join((heading(title), body)))


async def decide(visit: Visit) -> Answer:
    """Approve or reject, tell the person, and write it down."""
    say, services, row = visit.say, visit.services, await _refused(visit)
    decision, hours = visit.form.get("decision", ""), visit.form.get("hours", "")
    if (
        row is None
        or decision not in ("approve", "reject")
        or (decision == "approve" and hours not in _HOURS)
    ):
        return not_found(say)
    grant = Grant(
        id=row.question.turn_id,
        bot=visit.name,
        user=row.question.sender.staff_id,
        route=row.outcome.refused,
        from_ms=visit.now_ms,
        until_ms=visit.now_ms + int(hours or 0) * _HOUR_MS,
        granted_by=visit.user,
        requested=True,
    )
    what, approved = f"{grant.user} {grant.route}", decision == "approve"
    if approved and (wrong := await _objection(visit, row, grant)):
        await visit.record("grant.given", what=what, result="refused")
        title = say("一个申请", "A request")
        return Page(title=title, body=join((heading(title), note("warn", wrong))), status=422)
    scope, window = decision_key(visit.name, grant.id)
    by = f"{visit.user}:{decision}:{hours}:{visit.now_ms}"
    if not await services.once.first(scope, window, by=by):
        return Go(visit.link("access", done="before"))
    if approved:
        await services.grants.give(grant)
    rule = permission(visit.user, "approve", visit.bot).rule
    until = f" until {say.moment(grant.until_ms)}" if approved else ""
    act = "grant.given" if approved else "grant.rejected"
    await visit.record(act, what=what, detail=f"asked for, {grant.id}{until}", rule=rule)
    told = await _tell(visit, row, grant, approved=approved)
    return Go(
        visit.link("access", done=("approved" if approved else "rejected") + ("" if told else "_untold"))
    )


async def _objection(visit: Visit, row: TurnRow, grant: Grant) -> str:
    return await objection_to(visit, grant, verb="approve", asked_ms=row.question.asked_ms)


async def _refused(visit: Visit) -> TurnRow | None:
    """The question that was refused; None: there is none, or it is another bot's."""
    turn_id = visit.parts["turn"]
    row = await Turns(visit.services.rows).read(turn_id) if is_turn_id(turn_id) else None
    return row if row is not None and row.question.bot == visit.name and row.outcome.refused else None


async def _tell(visit: Visit, row: TurnRow, grant: Grant, *, approved: bool) -> bool:
    """Tell the person in a private message: one API call of the month."""
    bot = visit.bot
    texts, say = Texts(bot.language, bot.texts), visit.say
    values = {"route": grant.route, "title": bot.title}
    said = (
        texts.say("request_approved", until=say.moment(grant.until_ms), **values)
        if approved
        else texts.say("request_rejected", **values)
    )
    private = Conversation(f"access:{grant.user}", ConversationType.ONE_TO_ONE)
    question = msgspec.structs.replace(row.question, conversation=private)
    try:
        async with visit.services.charged(visit.name) as api:
            message = markdown_message(bot.title, said)
            await send_message(api, question, message, robot_code=bot.dingtalk.robot)
    except DingTalkError as error:
        visit.services.log("asker_not_told", level="WARNING", code=error.code)
        return False
    return True
