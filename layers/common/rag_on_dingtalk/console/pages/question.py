"""One question's whole life: stages, rule, sources, what the asker thought of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.console import value_names
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.questions import may_read
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import facts, heading, note
from rag_on_dingtalk.console.web.steps import steps
from rag_on_dingtalk.errors import UnreadableRowError
from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.life import Life
from rag_on_dingtalk.storage.journal.lives import read_life

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.observability.events import QuestionEvent


async def page(visit: Visit) -> Answer:
    """The page."""
    turn_id = visit.parts["turn"]
    if not is_turn_id(turn_id):
        return not_found(visit.say)
    life = await _life(visit, turn_id)
    if life is None:
        return not_found(visit.say)
    if life.bot != visit.name:
        # Another bot's question is not there for those who look after this one.
        return not_found(visit.say)
    asker = life.event.asker if life.event else life.asker
    names = await visit.services.directory.names(scope_of(visit.bot), [asker])
    readable = await may_read(visit, turn_id, 1)
    title = visit.say("一个问题", "One question")
    back = el("a", visit.say("回到列表", "Back to the list"), href=visit.link("questions"))
    return Page(
        title=title,
        body=join((heading(title, turn_id, back), shown(visit, life, names, asker, readable=readable))),
    )


async def _life(visit: Visit, turn_id: str) -> Life | None:
    """All that is kept of it; after thirty days that is its row in `questions`, where `at` says where it is."""
    try:
        return await read_life(visit.services.rows, turn_id)
    except UnreadableRowError:
        at = visit.query.get("at", "")
        if not (at.isascii() and at.isdecimal()):
            return None
        event = await visit.services.questions.one(visit.name, int(at[:15]), turn_id)
        return None if event is None else life_of(event)


def life_of(event: QuestionEvent) -> Life:
    """What a row of `questions` says by itself: no answer, no sources."""
    asked = event.asked_ms
    times = (event.waited_ms, event.first_text_ms, event.total_ms)
    reached = [("asked", 0), *zip(("claimed", "first_frame", "closed"), times, strict=True)]
    return Life(
        turn_id=event.turn_id,
        bot=event.bot,
        asked_ms=asked,
        status="",
        owner="",
        attempt=event.attempt,
        lease_until_ms=0,
        steps=tuple((name, asked + after) for name, after in reached if after or name == "asked"),
        question=event.question,
        answer="",
        asker=event.asker,
        event=event,
    )


def shown(visit: Visit, life: Life, names: dict[str, str], asker: str, *, readable: bool) -> Markup:
    """All of it."""
    say, event = visit.say, life.event
    return join(
        (
            _verdict(visit, event, asker, life),
            el(
                "section",
                el("h2", say("说了什么", "What was said")),
                _words(visit, life, readable=readable),
                class_="card",
            ),
            el("section", el("h2", say("经过", "What happened when")), steps(say, life.steps), class_="card"),
            el(
                "div",
                el(
                    "section",
                    el("h2", say("细节", "Details")),
                    _facts(visit, life, names, asker),
                    class_="card",
                ),
                el(
                    "section",
                    el("h2", say("来源", "Sources")),
                    _sources(visit, life, readable=readable),
                    _opinions(say, life, names, readable=readable),
                    class_="card",
                ),
                class_="grid-2",
            ),
        )
    )


def _verdict(visit: Visit, event: QuestionEvent | None, asker: str, life: Life) -> Markup:
    say = visit.say
    if event is None:
        return note(
            "warn",
            say(
                "这个问题还没有结束，或者结束时没能记下来。",
                "It is not finished, or its row could not be written.",
            ),
        )
    if event.outcome != "refused":
        told = [
            value_names.outcome(say, event.outcome),
            " ",
            value_names.failure(say, event.failure) if event.failure else "",
        ]
        return el("p", told)
    why = visit.link(
        "simulator",
        user=asker,
        group=event.conversation if event.chat == "group" else "",
        turn=life.turn_id,
        run="1",
    )
    rule = event.rule or say("没有一条规则允许", "no rule allows it")
    sentence = say(
        "被拒绝了：线路「{route}」，依据规则「{rule}」。",
        "Refused: route {route}, by the rule {rule}.",
        route=event.route or "—",
        rule=rule,
    )
    link = el("a", say("为什么？现在再判一次", "Why? Decide it again"), href=why, class_="button")
    return el("div", el("p", sentence), el("p", link), class_="note bad")


def _words(visit: Visit, life: Life, *, readable: bool) -> Markup:
    say = visit.say
    if not readable:
        show = (
            el(
                "a",
                say("显示原文", "Show the words"),
                href=visit.link(f"questions/{life.turn_id}", words="1", at=str(life.asked_ms)),
            )
            if visit.may("read_questions")
            else say("你的角色看不到原文。", "Your role does not read them.")
        )
        parts = ((say("问", "Asked"), life.question), (say("答", "Answered"), life.answer))
        return join(
            (
                facts((name, value_names.masked(say, text)) for name, text in parts),
                el("p", show, class_="hint"),
            )
        )
    return join(
        (
            el("h3", say("问", "Asked")),
            el("div", life.question or "—", class_="bubble"),
            el("h3", say("答", "Answered")),
            el("div", life.answer or "—", class_="bubble"),
        )
    )


def _facts(visit: Visit, life: Life, names: dict[str, str], asker: str) -> Markup:
    say, event = visit.say, life.event
    pairs: list[tuple[str, object]] = [
        (say("提问人", "Asker"), value_names.person(names, asker)),
        (say("状态", "Status"), life.status),
        (say("第几次尝试", "Attempt"), str(life.attempt)),
    ]
    if event is not None:
        pairs += [
            (
                say("在哪里问的", "Where"),
                say("群聊", "a group") if event.chat == "group" else say("单聊", "a private chat"),
            ),
            (say("群会话 id", "Conversation"), event.conversation if event.chat == "group" else ""),
            (say("线路", "Route"), event.route),
            (say("依据的规则", "Rule"), event.rule),
            (say("知识库", "Knowledge base"), event.backend),
            (say("缓存", "Cache"), event.cache),
            (say("怎么送达的", "Delivered by"), event.channel),
            (say("出错原因", "Failure"), value_names.failure(say, event.failure) if event.failure else ""),
            (say("钉钉调用", "DingTalk calls"), str(event.calls)),
            (say("字数", "Characters"), str(event.characters)),
            (say("附件", "Attachments"), str(event.attachments) if event.attachments else ""),
            (
                say("用量（token）", "Tokens"),
                f"{event.prompt_tokens} + {event.completion_tokens}"
                if event.prompt_tokens or event.completion_tokens
                else "",
            ),
        ]
    return facts(pairs)


def _sources(visit: Visit, life: Life, *, readable: bool) -> Markup:
    say = visit.say
    if not life.citations:
        return el("p", say("没有注明来源。", "No source was named."), class_="quiet")
    listed = []
    for one in life.citations:
        title = (
            el("a", one.title, href=one.url, rel="noreferrer noopener")
            if one.url
            else el("strong", one.title)
        )
        excerpt = el("p", one.excerpt, class_="hint words") if readable and one.excerpt else None
        listed.append(el("li", title, f" · {one.place}" if one.place else None, excerpt))
    return el("ul", listed, class_="plain words")


def _opinions(say: Say, life: Life, names: dict[str, str], *, readable: bool) -> Markup | None:
    if not life.opinions:
        return None
    listed = [
        el(
            "li",
            value_names.opinion(say, "like" if one.liked else "dislike"),
            " ",
            value_names.person(names, one.user),
            " ",
            one.reason if readable else value_names.masked(say, one.reason) if one.reason else "",
        )
        for one in life.opinions
    ]
    return join((el("h3", say("评价", "Opinions")), el("ul", listed, class_="plain")))
