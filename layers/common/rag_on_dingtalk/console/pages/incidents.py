"""事件: what is wrong, since when and how often; taking one, silencing it, and undoing both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import confirmation
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import facts, heading, note, tag
from rag_on_dingtalk.observability.incidents import life
from rag_on_dingtalk.observability.incidents.life import Action
from rag_on_dingtalk.observability.incidents.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.observability.incidents.life import Incident

#: What an operator may do → act, words, what it changes.
_ACTS = {
    "take": ("incident.acknowledged", ("我来处理", "I am on it"), ("卡片上会写着你在处理", "the card will say that you are on it")),
    "mute": ("incident.muted", ("静音 2 小时", "Mute for 2 hours"), ("两小时内不再发卡片和提醒", "no card is sent for two hours")),
    "undo": ("incident.acknowledged", ("恢复提醒", "Undo"), ("没有人在处理，也不再静音", "no one is on it, and it is not muted")),
}  # fmt: skip
_NEXT = {
    "backend_fails": ("去看知识库的服务是否在运行、网络是否通。", "See whether the knowledge base runs and can be reached."),
    "backend_refuses": ("检查知识库的密钥、工作区名称和额度，再运行 doctor。", "Check its key, the workspace's name and its quota; then run doctor."),
    "slow": ("看看知识库的模型是否排队；可以换一个更快的线路。", "See whether its model is busy; a faster route may help."),
    "slow_p99": ("少数问题特别慢：在「提问」里按用时看是哪些。", "A few questions are slow: look for them on the page Questions."),
    "finds_less": ("文档可能被删改了：看「知识缺口」。", "Documents may have gone: see the gaps."),
    "backlog": ("同时提问太多：调大 ANSWER_INSTANCES，或者设限额。", "Too much at once: raise ANSWER_INSTANCES, or set limits."),
    "dingtalk_calls": ("改成 economical 或 final 的 streaming，或者加购调用量。", "Use economical or final streaming, or buy more calls."),
    "moderation_fails": ("检查内容审核服务和它的权限。", "Check the moderation service and its permission."),
    "secrets_fail": ("检查 KMS 的网络和角色权限。", "Check the way to KMS and the role's permission."),
    "canary_stopped": ("在「灰度」里比较两边，再决定。", "Compare both arms, then decide."),
}  # fmt: skip


async def page(visit: Visit) -> Answer:
    """The page."""
    found = await visit.services.incidents.of_bot(visit.name)
    say = visit.say
    head = heading(
        say("事件", "Incidents"),
        say("出了什么事，从什么时候开始，谁在处理。", "What is wrong, since when, and who is on it."),
    )
    done = (
        note("good", say("已记下。卡片会在下一次更新时变。", "Noted. The card changes with its next update."))
        if visit.query.get("done")
        else None
    )
    return Page(title=say("事件", "Incidents"), body=join((head, done, shown(visit, found))))


def shown(visit: Visit, found: Mapping[str, Incident]) -> Markup:
    """The open ones first."""
    say = visit.say
    open_ = [(kind, one) for kind, one in found.items() if one.is_open]
    past = [(kind, one) for kind, one in found.items() if not one.is_open and one.last_ms]
    past.sort(key=lambda pair: -pair[1].last_ms)
    nothing = el(
        "section",
        el("p", say("一切正常，没有未恢复的事件。", "All is well: nothing is open."), class_="empty"),
        class_="card",
    )
    parts = [_open(visit, kind, one) for kind, one in open_] or [nothing]
    if past:
        listed = [
            el(
                "li",
                what(visit, kind),
                " · ",
                say("最近一次 {when}", "last at {when}", when=say.moment(one.last_ms)),
            )
            for kind, one in past
        ]
        parts.append(
            el(
                "section",
                el("h2", say("已经恢复的（40 天内）", "Over (within 40 days)")),
                el("ul", listed, class_="plain"),
                class_="card",
            )
        )
    return join(parts)


def what(visit: Visit, kind: str) -> str:
    """What an incident is called."""
    rule = RULES.get(kind)
    return kind if rule is None else visit.say(rule.zh, rule.en)


def _open(visit: Visit, kind: str, incident: Incident) -> Markup:
    say = visit.say
    muted = incident.muted_until_ms > visit.now_ms
    acts = []
    if visit.may("operate"):
        offered = ("undo",) if muted or incident.acknowledged_by else ("take", "mute")
        acts = [
            el(
                "a",
                say(*_ACTS[one][1]),
                href=visit.link("incidents/act", kind=kind, what=one),
                class_="button",
            )
            for one in offered
        ]
    return el(
        "section",
        el("h2", tag(say("进行中", "Open"), "bad"), " ", what(visit, kind)),
        facts(
            (
                (say("开始", "Since"), say.moment(incident.first_ms)),
                (say("最近一次", "Last"), say.moment(incident.last_ms)),
                (say("次数", "Times"), str(incident.count)),
                (say("情况", "Detail"), incident.detail),
                (say("谁在处理", "Who is on it"), incident.acknowledged_by),
                (say("静音到", "Muted until"), say.moment(incident.muted_until_ms) if muted else ""),
                (say("下一步", "What to do"), say(*_NEXT[kind]) if kind in _NEXT else ""),
            )
        ),
        el("div", acts, class_="actions"),
        class_="card",
    )


async def preview(visit: Visit) -> Answer:
    """What an act changes."""
    say, kind, act = visit.say, visit.query.get("kind", ""), visit.query.get("what", "")
    incident = (await visit.services.incidents.of_bot(visit.name)).get(kind)
    if incident is None or act not in _ACTS:
        return not_found(say)
    _, label, changes = _ACTS[act]
    body = el(
        "section",
        el("h2", say("会改变什么", "What it changes")),
        el("div", el("ins", say(*changes)), class_="diff"),
        confirmation(visit, say(*label), action="incidents/act", back="incidents", kind=kind, what=act),
        class_="card",
    )
    return Page(title=what(visit, kind), body=join((heading(what(visit, kind)), body)))


async def act(visit: Visit) -> Answer:
    """Take it, silence it, or undo that."""
    kind, chosen, why = (visit.form.get(name, "").strip() for name in ("kind", "what", "why"))
    if chosen not in _ACTS or not why or kind not in await visit.services.incidents.of_bot(visit.name):
        return not_found(visit.say)
    now_ms = visit.now_ms

    def step(incident: Incident) -> tuple[Incident, Action]:
        if chosen == "undo":
            return msgspec.structs.replace(incident, acknowledged_by="", muted_until_ms=0), Action.NOTHING
        if not incident.is_open:
            return incident, Action.NOTHING
        if chosen == "mute":
            return life.muted(incident, visit.user, now_ms), Action.NOTHING
        return life.acknowledged(incident, visit.user), Action.NOTHING

    await visit.services.incidents.change(visit.name, kind, step)
    await visit.record(_ACTS[chosen][0], what=kind, detail=f"{chosen}: {why[:200]}", rule="")
    return Go(visit.link("incidents", done="1"))
