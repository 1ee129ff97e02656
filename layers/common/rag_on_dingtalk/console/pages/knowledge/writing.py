"""Writing an answer, publishing it, going back a version, withdrawing it: each shows first what it changes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import confirmation
from rag_on_dingtalk.console.pages.knowledge.gaps import find
from rag_on_dingtalk.console.pages.knowledge.skills import card, difference
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, heading, hidden, note
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.curated.curating import By
from rag_on_dingtalk.knowledge.gaps import gap_columns, read_gap
from rag_on_dingtalk.knowledge.skills.skill import Skill, Triggers

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.curated.entry import Entry

_LONGEST = 3_000
_MOST_QUESTIONS = 20


async def form(visit: Visit) -> Answer:
    """The form: empty, from a gap, or with the newest version of an answer."""
    say, query = visit.say, visit.query
    questions: tuple[str, ...] = ()
    answer, route, id_ = "", "", query.get("id", "")
    if id_:
        entry = await visit.services.curating.entry(visit.name, id_)
        if entry is None or not entry.versions:
            return not_found(say)
        skill = entry.versions[-1].skill
        questions, answer, route = skill.triggers.questions, skill.answer, next(iter(skill.routes), "")
    elif gap_id := query.get("gap", ""):
        gap = await find(visit, gap_id)
        if gap is None:
            return not_found(say)
        questions, route = gap.wordings, gap.route
    title = say("写答案", "Write the answer")
    return Page(title=title, body=join((heading(title), shown(visit, questions, answer, route))))


def shown(visit: Visit, questions: tuple[str, ...], answer: str, route: str, problem: str = "") -> Markup:
    """What is filled in; problem: why it could not be kept."""
    say = visit.say
    routes = [("", say("所有线路", "all routes"))] + [(one.name, one.name) for one in visit.bot.all_routes]
    source = visit.form or visit.query
    return join(
        (
            note("warn", problem) if problem else None,
            el(
                "form",
                hidden(form=visit.token, id=source.get("id", ""), gap=source.get("gap", "")),
                el(
                    "label",
                    say("这些问法会用它（每行一个）", "Asked like this (one a line)"),
                    el("textarea", "\n".join(questions), name="questions", required=True),
                ),
                el(
                    "label",
                    say("答案（Markdown）", "The answer (markdown)"),
                    el("textarea", answer, name="answer", required=True, maxlength=_LONGEST),
                ),
                choice(say("只在这条线路上用", "Only by this route"), "route", routes, route)
                if visit.bot.routes
                else None,
                el(
                    "div",
                    el("button", say("存成草稿", "Keep as a draft"), class_="primary"),
                    class_="actions",
                ),
                el(
                    "p",
                    say("存成草稿之后先看看，再发布。", "Look at the draft, then publish it."),
                    class_="hint",
                ),
                method="post",
                action=visit.link("skills/write"),
                class_="form card",
            ),
        )
    )


async def draft(visit: Visit) -> Answer:
    """Keep a new version; nothing is answered with it yet."""
    say, form_ = visit.say, visit.form
    asked = tuple(line.strip()[:100] for line in form_.get("questions", "").splitlines() if line.strip())[
        :_MOST_QUESTIONS
    ]
    answer, route = form_.get("answer", "").strip()[:_LONGEST], form_.get("route", "")
    gap = await find(visit, form_.get("gap", "")) if form_.get("gap") else None
    id_ = form_.get("id") or (f"gap-{gap.id}" if gap is not None else f"answer-{secrets.token_hex(4)}")
    names = [one.name for one in visit.bot.all_routes]
    try:
        skill = Skill(
            id=id_,
            owner=visit.user,
            triggers=Triggers(questions=asked),
            routes=(route,) if visit.bot.routes and route in names else (),
            answer=answer,
        )
        await visit.services.curating.draft(
            visit.name,
            skill,
            _by(visit),
            routes=names,
            gap=gap.id if gap else "",
            turns=gap.turns if gap else (),
        )
    except (ConfigurationError, msgspec.ValidationError) as error:
        title = say("写答案", "Write the answer")
        return Page(
            title=title,
            body=join((heading(title), shown(visit, asked, answer, route, str(error)))),
            status=422,
        )
    return Go(visit.link(f"skills/{id_}", done="draft"))


async def preview(visit: Visit) -> Answer:
    """What publishing, going back or withdrawing changes."""
    say, what = visit.say, visit.query.get("what", "publish")
    entry = await visit.services.curating.entry(visit.name, visit.parts["id"])
    if entry is None or what not in ("publish", "roll_back", "withdraw"):
        return not_found(say)
    title = {
        "publish": say("发布", "Publish"),
        "roll_back": say("退回上一版", "Go back a version"),
        "withdraw": say("撤下", "Withdraw"),
    }[what]
    body = change(visit, entry, what, visit.query.get("version", ""), title)
    return not_found(say) if body is None else Page(title=title, body=join((heading(title, entry.id), body)))


def change(visit: Visit, entry: Entry, what: str, number: str, title: str) -> Markup | None:
    """Before and after, and the form; None: there is no such version."""
    say, head = visit.say, entry.head
    live = entry.version(head.live)
    wanted = {
        "publish": int(number) if number.isdecimal() else 0,
        "roll_back": head.live if head.trial else head.before,
    }.get(what, 0)
    then = entry.version(wanted) if wanted else None
    if what != "withdraw" and then is None:
        return None
    return el(
        "section",
        el("h2", say("会改变什么", "What it changes")),
        el(
            "p",
            say(
                "问到这些问题的人，半分钟内得到新的答案。",
                "Who asks this gets the new answer within half a minute.",
            )
            if then
            else say("不再用它回答，去问知识库。", "It answers no more; the knowledge base is asked."),
        ),
        difference(live.skill.answer if live else "", then.skill.answer if then else ""),
        card(visit, then) if then else None,
        confirmation(
            visit,
            title,
            action=f"skills/{entry.id}/publish",
            back=f"skills/{entry.id}",
            danger=then is None,
            undo=say("之后可以退回上一版。", "You can go back a version afterwards."),
            what=what,
            version=number,
        ),
        class_="card",
    )


async def publish(visit: Visit) -> Answer:
    """Do it."""
    curating, id_, why = visit.services.curating, visit.parts["id"], visit.form.get("why", "").strip()[:200]
    what, number = visit.form.get("what", ""), visit.form.get("version", "")
    if not why or (what == "publish" and not number.isdecimal()):
        return not_found(visit.say)
    try:
        if what == "publish":
            entry = await curating.publish(visit.name, id_, int(number), _by(visit))
            await _close_gap(visit, entry, int(number))
            done = "published_told" if await _tell_later(visit, entry, int(number)) else "published"
        elif what == "roll_back":
            await curating.roll_back(visit.name, id_, _by(visit))
            done = "rolled"
        elif what == "withdraw":
            await curating.withdraw(visit.name, id_, _by(visit))
            done = "withdrawn"
        else:
            return not_found(visit.say)
    except ConfigurationError as error:
        title = visit.say("什么都没有改变", "Nothing was changed")
        return Page(title=title, body=join((heading(title), note("warn", str(error)))), status=422)
    await visit.record("answer.curated", what=id_, detail=f"{what} {number}: {why}".strip())
    return Go(visit.link(f"skills/{id_}", done=done))


async def _close_gap(visit: Visit, entry: Entry, number: int) -> None:
    """The gap that the version fills is open no more."""
    version = entry.version(number)
    columns = (
        await visit.services.curated.gap(visit.name, version.gap)
        if version is not None and version.gap
        else None
    )
    gap = None if columns is None else read_gap(columns)
    if gap is None and version is not None and version.gap:
        gap = await find(visit, version.gap)
    if gap is not None and gap.state == "open":
        filled = msgspec.structs.replace(gap, state="filled", by=visit.user)
        await visit.services.curated.note_gap(visit.name, gap.id, gap_columns(filled))


async def _tell_later(visit: Visit, entry: Entry, number: int) -> bool:
    """Let housekeeping tell those who had asked, where the bot is set so; False: there is no one to tell."""
    version = entry.version(number)
    if version is None or not version.turns or not visit.bot.gaps.tell_askers:
        return False
    await visit.services.curated.tell_later(visit.name, entry.id, number, at_ms=visit.now_ms)
    return True


def _by(visit: Visit) -> By:
    return By(visit.user, visit.now_ms, "console")
