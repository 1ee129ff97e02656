"""提问: the list, with filters; its words only for those who may read them, and then it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.console import value_names
from rag_on_dingtalk.console.reading.listing import Filter, Listing, place_of, read_listing
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, field, heading, hidden, note, table

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.observability.events import QuestionEvent


async def page(visit: Visit) -> Answer:
    """The page."""
    query, services = visit.query, visit.services
    wanted = Filter(
        outcome=query.get("outcome", ""),
        route=query.get("route", ""),
        asker=query.get("asker", "").strip(),
        feedback=query.get("feedback", ""),
    )
    found = await read_listing(
        services.questions, visit.name, wanted, at=query.get("at", ""), now_ms=visit.now_ms
    )
    names = await services.directory.names(scope_of(visit.bot), [event.asker for event in found.events])
    readable = await may_read(visit, "list", len(found.events))
    say = visit.say
    body = join(
        (
            heading(
                say("提问", "Questions"),
                say("每个问题一行，最新的在前面。", "One line a question, the newest first."),
            ),
            filters(visit, wanted),
            shown(visit, found, names, readable=readable),
        )
    )
    return Page(title=say("提问", "Questions"), body=body)


async def may_read(visit: Visit, what: str, count: int) -> bool:
    """Whether words are shown: the visitor may, asks for it, and it is in the audit."""
    if not visit.query.get("words") or not visit.may("read_questions"):
        return False
    return not count or await visit.record("question.read", what=what, detail=f"{count} questions")


def filters(visit: Visit, wanted: Filter) -> Markup:
    """The form above the list."""
    say, query = visit.say, visit.query
    every = ("", say("全部", "All"))
    outcomes = [every] + [(value, say(zh, en)) for value, (zh, en, _) in value_names.OUTCOMES.items()]
    routes = [every] + [(route.name, route.name) for route in visit.bot.all_routes]
    opinions = [every, ("like", say("赞", "Liked")), ("dislike", say("踩", "Disliked"))]
    day, _ = place_of(query.get("at", ""), visit.now_ms)
    return el(
        "form",
        hidden(words=query.get("words", "")) if query.get("words") else None,
        field(say("从这天往前", "From this day back"), "at", day, type="date"),
        choice(say("结果", "Outcome"), "outcome", outcomes, wanted.outcome),
        choice(say("线路", "Route"), "route", routes, wanted.route) if len(routes) > 2 else None,  # noqa: PLR2004
        choice(say("评价", "Opinion"), "feedback", opinions, wanted.feedback),
        field(say("提问人工号", "Staff id"), "asker", wanted.asker, size=12),
        el("button", say("筛选", "Filter"), class_="primary"),
        method="get",
        action=visit.link("questions"),
        class_="filters",
        aria_label=say("筛选", "Filter"),
    )


def shown(visit: Visit, found: Listing, names: dict[str, str], *, readable: bool) -> Markup:
    """The list with its pages."""
    say = visit.say
    kept = {key: value for key, value in visit.query.items() if key != "at"}
    older = (
        el(
            "a",
            say("更早的", "Older"),
            href=visit.link("questions", **{**kept, "at": found.following}),
            class_="button",
        )
        if found.following
        else None
    )
    looked = say("看到 {when} 为止。", "Looked back to {when}.", when=say.moment(found.until_ms))
    pager = el("div", el("span", looked, class_="hint"), older, class_="pager")
    if not found.events:
        nothing = say("这段时间没有符合的提问。", "There is no such question in this time.")
        return el("section", el("p", nothing, class_="empty"), pager, class_="card")
    head = (
        say("时间", "Time"),
        say("问题", "Question"),
        say("谁", "Who"),
        say("结果", "Outcome"),
        say("用时", "Took"),
        say("评价", "Opinion"),
    )
    rows = [_row(visit, event, names, readable=readable) for event in found.events]
    return join((_switch(visit, readable=readable), el("section", table(head, rows), pager, class_="card")))


def _row(visit: Visit, event: QuestionEvent, names: dict[str, str], *, readable: bool) -> tuple[object, ...]:
    say = visit.say
    address = visit.link(f"questions/{event.turn_id}", words="1" if readable else "", at=str(event.asked_ms))
    question: Markup | str = event.question if readable else value_names.masked(say, event.question)
    return (
        el("a", say.moment(event.asked_ms), href=address),
        el("span", question or "—", class_="words"),
        value_names.person(names, event.asker),
        value_names.outcome(say, event.outcome),
        say.duration(event.total_ms) if event.total_ms else "—",
        value_names.opinion(say, event.feedback),
    )


def _switch(visit: Visit, *, readable: bool) -> Markup | None:
    """Shows the words, for those who may."""
    say = visit.say
    if not visit.may("read_questions"):
        return note(
            "",
            say(
                "你的角色看不到问题原文；看得到时间、结果和用时。",
                "Your role does not read questions; it sees times and outcomes.",
            ),
        )
    if visit.query.get("words") and not readable:
        return note(
            "bad",
            say(
                "审计写不进去，所以不显示原文。请稍后再试。",
                "The audit cannot be written, so no words are shown. Try again later.",
            ),
        )
    kept = {key: value for key, value in visit.query.items() if key != "words"}
    if readable:
        return el("p", el("a", say("隐藏原文", "Hide the words"), href=visit.link("questions", **kept)))
    return el(
        "p",
        el("a", say("显示原文", "Show the words"), href=visit.link("questions", **{**kept, "words": "1"})),
        el("span", say("（会记入审计）", " (this is recorded)"), class_="hint"),
    )
