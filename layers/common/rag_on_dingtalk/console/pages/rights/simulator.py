"""模拟器: a person, a group and a question → the decision, its rule, every route, and the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.decision import Decision, decide, decide_route, is_for
from rag_on_dingtalk.access.limits.meters import place_meters, question_meters
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.replaying import decision_of
from rag_on_dingtalk.console import reasons
from rag_on_dingtalk.console.pages.limits import limit_told
from rag_on_dingtalk.console.pages.rights.granting import departments_of
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import facts, field, heading, hidden, note, table
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Grant, Profile
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender, is_turn_id
from rag_on_dingtalk.storage.turns.turns import Turns

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.storage.turns.row import TurnRow


class Tried(msgspec.Struct, frozen=True):
    """What was tried, and what came of it. profile: None: the directory could not be asked."""

    user: str
    group: str
    text: str
    profile: Profile | None
    grants: tuple[Grant, ...]
    decision: Decision


async def page(visit: Visit) -> Answer:
    """The form, and below it what would happen."""
    say = visit.say
    row = await _asked(visit)
    user = visit.query.get("user", "").strip()[:64]
    parts = [
        heading(
            say("模拟器", "Simulator"),
            say("看看某个人在某个群里问一句话，会不会回答、依据哪条规则、去哪个知识库。什么都不会发出去。",
                "Whether a question of this person would be answered, by which rule and from where. Nothing is sent."),
        ),
        form(visit, row),
    ]  # fmt: skip
    if visit.query.get("run") and user:
        text = row.question.text if row is not None else visit.query.get("question", "")
        names = dict(await departments_of(visit))
        parts.append(shown(visit, await _tried(visit, user, text), row, names))
    return Page(title=say("模拟器", "Simulator"), body=join(parts))


def form(visit: Visit, row: TurnRow | None) -> Markup:
    """Whom to try; row: the recorded question whose words are used, unseen."""
    say, query = visit.say, visit.query
    question = (
        el(
            "p",
            say("用的是这个问题的原文：", "The words of this question are used: "),
            el("code", row.question.turn_id),
            hidden(turn=row.question.turn_id),
            class_="hint",
        )
        if row is not None
        else field(
            say("问题（有的线路看字眼）", "Question (some routes look at its words)"),
            "question",
            query.get("question", ""),
            maxlength=500,
        )
    )
    return el(
        "form",
        hidden(run="1"),
        field(
            say("谁（工号）", "Who (staff id)"), "user", query.get("user", ""), required=True, maxlength=64
        ),
        field(
            say("群会话 id（空：单聊）", "A group's conversation id (empty: a private chat)"),
            "group",
            query.get("group", ""),
            maxlength=128,
        ),
        question,
        el("div", el("button", say("试一试", "Try it"), class_="primary"), class_="actions"),
        method="get",
        action=visit.link("simulator"),
        class_="form card",
    )


def shown(visit: Visit, tried: Tried, row: TurnRow | None, names: dict[int, str]) -> Markup:
    """The decision, then every route by itself, then what is known and which limits apply.

    names: of departments.
    """
    say, decision, policy = visit.say, tried.decision, policy_of(visit.bot, visit.name)
    verdict = el(
        "div",
        el("p", reasons.verdict(say, decision), " ", _sentence(visit, decision)),
        el(
            "p",
            say("到 {until} 为止。", "Until {until}.", until=say.moment(decision.until_ms)),
            class_="hint",
        )
        if decision.until_ms
        else None,
        class_="note good" if decision.allowed else "note bad",
        role="status",
    )
    known = facts_of(tried.user, tried.user, tried.profile, group=tried.group, text=tried.text)
    living = {one.route: one for one in tried.grants if one.lives(visit.now_ms) and is_for(one, known)}
    rows = []
    for route in policy.routes:
        one = decide_route(policy, route, known, living.get(route.name))
        rows.append(
            (route.name, route.use, reasons.verdict(say, one), one.rule or "—", reasons.why(say, one))
        )
    head = (
        say("线路", "Route"),
        say("知识库", "Knowledge base"),
        say("能不能问", "May ask"),
        say("规则", "Rule"),
        say("为什么", "Why"),
    )
    return join(
        (
            verdict,
            _before(visit, row),
            el(
                "section", el("h2", say("每条线路", "Each route by itself")), table(head, rows), class_="card"
            ),
            el(
                "section",
                el("h2", say("知道这个人什么", "What is known of the person")),
                _person(visit, tried, names),
                class_="card",
            ),
            el(
                "section",
                el("h2", say("算在哪些限额里", "Which limits count it")),
                _limits(visit, tried),
                class_="card",
            ),
        )
    )


def _sentence(visit: Visit, decision: Decision) -> str:
    say = visit.say
    rule = say("，依据「{rule}」", ", by {rule}", rule=decision.rule) if decision.rule else ""
    route = say("线路「{route}」", "route {route}", route=decision.route) if decision.route else ""
    why = reasons.why(say, decision)
    return say("{route}{rule}：{why}。", "{route}{rule}: {why}.", route=route, rule=rule, why=why)


def _before(visit: Visit, row: TurnRow | None) -> Markup | None:
    """What was decided when it was asked, if that is another thing than now."""
    if row is None or row.outcome.decided is None:
        return None
    say, then = visit.say, decision_of(row.outcome.decided)
    told = say("当时（{when}）的判断：", "Then ({when}): ", when=say.moment(row.outcome.decided.at_ms))
    return el("p", told, reasons.verdict(say, then), " ", _sentence(visit, then))


def _person(visit: Visit, tried: Tried, names: dict[int, str]) -> Markup:
    say, profile = visit.say, tried.profile
    if profile is None:
        return note(
            "warn",
            say(
                "现在查不到通讯录，所以部门和角色都当作不知道。",
                "The directory could not be asked: departments and roles count as not known.",
            ),
        )
    if not profile.found:
        return note(
            "warn",
            say("组织里没有这个人，可能已经离职。", "The organisation has no such person, or not any more."),
        )
    chains = "；".join(" < ".join(names.get(one, str(one)) for one in chain) for chain in profile.chains)
    held = "、".join(f"{role.name}（{role.id}）" for role in profile.roles)
    lent = "、".join(
        f"{one.route} → {say.moment(one.until_ms)}" for one in tried.grants if one.lives(visit.now_ms)
    )
    return facts(
        (
            (say("姓名", "Name"), profile.name),
            (say("部门（自己的 < 上级）", "Departments (own < above)"), chains or "—"),
            (say("角色", "Roles"), held or "—"),
            (say("临时授权", "Lent"), lent or "—"),
        )
    )


def _limits(visit: Visit, tried: Tried) -> Markup:
    say, bot = visit.say, visit.bot
    kind = ConversationType.GROUP if tried.group else ConversationType.ONE_TO_ONE
    question = Question(
        turn_id="",
        bot=visit.name,
        message_id="",
        text=tried.text,
        message_type="text",
        sender=Sender("", tried.user, ""),
        conversation=Conversation(tried.group or "private", kind),
        asked_ms=visit.now_ms,
    )
    chains = tried.profile.chains if tried.profile is not None else ()
    meters = (
        *question_meters(visit.name, bot.limits, question, chains),
        *place_meters(visit.name, bot.limits, question, chains),
    )
    limits = list(dict.fromkeys(id(meter.limit) for meter in meters))
    told = [
        limit_told(say, meter.limit) for number in limits for meter in meters if id(meter.limit) == number
    ][: len(meters)]
    if not told:
        return el("p", say("没有限额。", "There is no limit."), class_="quiet")
    return el("ul", [el("li", one) for one in dict.fromkeys(told)], class_="plain")


async def _tried(visit: Visit, user: str, text: str) -> Tried:
    services, policy = visit.services, policy_of(visit.bot, visit.name)
    profile: Profile | None = None
    try:
        profile = await services.people(visit.name).profile_of(user, now_ms=visit.now_ms)
    except DingTalkError as error:
        services.log("directory_not_asked", level="WARNING", code=error.code, error=str(error))
    own = await services.grants.of(visit.name, user)
    grants = own + await services.grants.of_departments(visit.name)
    group = visit.query.get("group", "").strip()[:128]
    decision = decide(policy, facts_of(user, user, profile, group=group, text=text), grants, visit.now_ms)
    return Tried(user, group, text, profile, grants, decision)


async def _asked(visit: Visit) -> TurnRow | None:
    """The recorded question that is tried again; its words are used and not shown."""
    turn_id = visit.query.get("turn", "")
    row = await Turns(visit.services.rows).read(turn_id) if is_turn_id(turn_id) else None
    return row if row is not None and row.question.bot == visit.name else None
