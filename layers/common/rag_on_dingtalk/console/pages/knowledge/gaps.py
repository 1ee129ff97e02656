"""知识缺口: what people ask and the documents do not answer; write the answer, or say that none is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import confirmation
from rag_on_dingtalk.console.reading.gaps import read_gaps
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, hidden, note, table
from rag_on_dingtalk.knowledge.gaps import gap_columns, read_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.console.reading.gaps import Gaps
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.gaps import KnownGap

#: An id is shorter; Tablestore refuses a key of more than 1 KB.
_LONGEST_ID = 64


async def page(visit: Visit) -> Answer:
    """The page; it shows words of questions, so that it is recorded."""
    say = visit.say
    title = say("知识缺口", "Gaps")
    if not await visit.record("question.read", what="gaps"):
        why = say(
            "审计写不进去，所以不显示问题。请稍后再试。",
            "The audit cannot be written, so no questions are shown. Try again later.",
        )
        return Page(title=title, body=join((heading(title), note("bad", why))), status=503)
    found = await read_gaps(visit.services, visit.name, visit.bot.gaps.days, visit.now_ms)
    about = say(
        "有三个人以上问过、文档里没有答案的问题；最要紧的在前面。",
        "What three people or more asked and the documents do not answer; the heaviest first.",
    )
    return Page(title=title, body=join((heading(title, about), shown(visit, found))))


def shown(visit: Visit, found: Gaps) -> Markup:
    """The open ones, and those that were set aside."""
    say = visit.say
    if not found.open:
        nothing = say(
            "没有缺口：最近的问题都有答案，或者问的人还不够多。",
            "There are no gaps: recent questions were answered, or too few people asked.",
        )
        first = el("section", el("p", nothing, class_="empty"), class_="card")
    else:
        rows = [
            (
                el("span", gap.question, class_="words"),
                say(
                    "{people} 人，{times} 次",
                    "{people} people, {times} times",
                    people=gap.people,
                    times=gap.times,
                ),
                say.moment(gap.last_ms),
                gap.route or "—",
                el(
                    "span",
                    el(
                        "a",
                        say("写答案", "Write the answer"),
                        href=visit.link("skills/write", gap=gap.id),
                        class_="button primary",
                    ),
                    " ",
                    el(
                        "a",
                        say("忽略", "Ignore"),
                        href=visit.link("gaps/ignore", gap=gap.id),
                        class_="button",
                    ),
                ),
            )
            for gap in found.open
        ]
        head = (
            say("问题", "Question"),
            say("多少人问", "Asked by"),
            say("最近一次", "Last"),
            say("线路", "Route"),
            "",
        )
        first = el("section", table(head, rows), class_="card")
    read = say("看了最近 {n} 个问题。", "The last {n} questions were looked at.", n=found.read)
    return join((first, el("p", read, class_="hint"), _ignored(visit, found.ignored)))


def _ignored(visit: Visit, ignored: Sequence[KnownGap]) -> Markup | None:
    if not ignored:
        return None
    say = visit.say
    listed = [
        el(
            "li",
            el(
                "form",
                hidden(form=visit.token, gap=gap.id),
                el("span", gap.question, class_="words"),
                " ",
                el("span", gap.by, class_="quiet"),
                " ",
                el("button", say("恢复", "Bring back"), class_="plainly"),
                method="post",
                action=visit.link("gaps/reopen"),
            ),
        )
        for gap in ignored
    ]
    return el(
        "section", el("h2", say("忽略了的", "Ignored")), el("ul", listed, class_="plain"), class_="card"
    )


async def preview(visit: Visit) -> Answer:
    """What ignoring changes."""
    say, gap = visit.say, await find(visit, visit.query.get("gap", ""))
    if gap is None:
        return not_found(say)
    title = say("忽略这个缺口", "Ignore this gap")
    body = el(
        "section",
        el("div", gap.question, class_="bubble"),
        el("h2", say("会改变什么", "What it changes")),
        el(
            "div",
            el(
                "ins",
                say(
                    "它和类似的问题不再列出，也不再出现在日报里；可以恢复。",
                    "It and what is like it are listed no more; it can be brought back.",
                ),
            ),
            class_="diff",
        ),
        confirmation(visit, say("忽略", "Ignore"), action="gaps/ignore", back="gaps", gap=gap.id),
        class_="card",
    )
    return Page(title=title, body=join((heading(title), body)))


async def ignore(visit: Visit) -> Answer:
    """Ignore it."""
    gap, why = await find(visit, visit.form.get("gap", "")), visit.form.get("why", "").strip()[:200]
    if gap is None or not why:
        return not_found(visit.say)
    await _note(visit, msgspec.structs.replace(gap, state="ignored", by=visit.user), f"ignored: {why}")
    return Go(visit.link("gaps"))


async def reopen(visit: Visit) -> Answer:
    """List it again."""
    columns = await visit.services.curated.gap(visit.name, visit.form.get("gap", "")[:_LONGEST_ID])
    gap = None if columns is None else read_gap(columns)
    if gap is None or gap.state != "ignored":
        return not_found(visit.say)
    await _note(visit, msgspec.structs.replace(gap, state="open", by=""), "reopened")
    return Go(visit.link("gaps"))


async def find(visit: Visit, id_: str) -> KnownGap | None:
    """An open gap by its id."""
    found = await read_gaps(visit.services, visit.name, visit.bot.gaps.days, visit.now_ms)
    return next((gap for gap in found.open if gap.id == id_), None)


async def _note(visit: Visit, gap: KnownGap, detail: str) -> None:
    await visit.services.curated.note_gap(visit.name, gap.id, gap_columns(gap))
    await visit.record("answer.curated", what=f"gap {gap.id}", detail=detail)
