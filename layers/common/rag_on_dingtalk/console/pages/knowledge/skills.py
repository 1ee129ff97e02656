"""技能与标准答案: the answers that people have written, with their versions; reading and trying them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import facts, field, heading, note, table, tag
from rag_on_dingtalk.knowledge.skills.matching import Message, ready, started_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.curated.entry import Entry, Version

#: An id of 64 characters, and one more. Tablestore refuses a key of more than 1 KB.
_LONGEST_PLACE = 65

_DONE = {
    "draft": ("已存成草稿，还没有人看得到。", "It is kept as a draft; no one sees it yet."),
    "published": ("已发布，半分钟内生效。", "It is published, and answers within half a minute."),
    "published_told": (
        "已发布，半分钟内生效；问过的人十分钟左右会收到通知。",
        "It is published, and answers within half a minute; those who had asked are told within about ten minutes.",
    ),
    "rolled": ("已退回上一版。", "It went back to the version before."),
    "withdrawn": ("已撤下，不再用它回答。", "It is withdrawn and answers no more."),
}  # fmt: skip


async def page(visit: Visit) -> Answer:
    """Some of them, and a box to try a question."""
    say, curating = visit.say, visit.services.curating
    entries, following = await curating.page(visit.name, at=visit.query.get("at", "")[:_LONGEST_PLACE])
    asked = visit.query.get("ask", "").strip()
    # A question is tried on all of them.
    every = await curating.entries(visit.name) if asked else []
    head = heading(
        say("技能与标准答案", "Skills and answers"),
        say("人写的答案，比知识库先用。技能文件里的技能在部署包里，不在这里改。", "Answers that people have written; they come before the knowledge base."),
        el("a", say("写一个新答案", "Write a new answer"), href=visit.link("skills/write"), class_="button primary"),
    )  # fmt: skip
    off = (
        None
        if visit.bot.skills.curated
        else note(
            "warn",
            say(
                "这个机器人没有打开标准答案（skills.curated），所以发布了也不会用。",
                "This bot does not use curated answers (skills.curated): publishing changes nothing.",
            ),
        )
    )
    return Page(
        title=say("技能与标准答案", "Skills and answers"),
        body=join((head, off, _trying(visit, asked, every), shown(visit, entries, following))),
    )


def shown(visit: Visit, entries: Sequence[Entry], following: str) -> Markup:
    """One line an answer.

    following: where the next page begins; empty: there is none.
    """
    say = visit.say
    if not entries:
        return el(
            "section",
            el(
                "p",
                say("还没有。可以从「知识缺口」写第一个。", "There is none yet. Begin with a gap."),
                class_="empty",
            ),
            class_="card",
        )
    rows = []
    for entry in entries:
        newest = entry.versions[-1] if entry.versions else None
        question = next(iter(newest.skill.triggers.questions), entry.id) if newest else entry.id
        rows.append(
            (
                el("a", question, href=visit.link(f"skills/{entry.id}"), class_="words"),
                state(visit, entry),
                str(entry.newest),
                newest.written_by if newest else "—",
                say.moment(newest.written_ms) if newest else "—",
            )
        )
    head = (
        say("问题", "Question"),
        say("状态", "State"),
        say("最新版", "Newest"),
        say("谁写的", "Written by"),
        say("时间", "When"),
    )
    more = el("a", say("后面的", "More"), href=visit.link("skills", at=following), class_="button")
    pager = el("div", more, class_="pager") if following else None
    return el("section", table(head, rows), pager, class_="card")


def state(visit: Visit, entry: Entry) -> Markup:
    """Whether it answers, and with which version."""
    say, head = visit.say, entry.head
    if not head.live:
        return tag(say("草稿", "Draft") if not head.before else say("已撤下", "Withdrawn"), "warn")
    trial = (
        say("，第 {n} 版试用 {p}%", ", version {n} for {p} %", n=head.trial, p=head.percent)
        if head.trial
        else ""
    )
    return tag(say("第 {n} 版在用", "Version {n} answers", n=head.live) + trial, "good")


def _trying(visit: Visit, asked: str, entries: Sequence[Entry]) -> Markup:
    """Which answer a question would get."""
    say = visit.say
    form = el(
        "form",
        field(
            say("试一个问题：会用哪个答案？", "Try a question: which answer would it get?"),
            "ask",
            asked,
            size=40,
            maxlength=200,
        ),
        el("button", say("试一试", "Try it")),
        method="get",
        action=visit.link("skills"),
        class_="filters",
    )
    if not asked:
        return el("section", form, class_="card")
    living = [ready(skill) for entry in entries for skill in entry.living()]
    found = next(iter(started_by(Message.of(asked), living)), None)
    result = (
        note(
            "good",
            say("用「{id}」第 {n} 版回答。", "Answered by {id}, version {n}.", id=found.id, n=found.version),
        )
        if found is not None
        else note(
            "", say("没有标准答案，会去问知识库。", "There is no such answer: the knowledge base is asked.")
        )
    )
    return el("section", form, result, class_="card")


async def entry_page(visit: Visit) -> Answer:
    """One answer: what it looks like, its versions, and what can be done with it."""
    say = visit.say
    entry = await visit.services.curating.entry(visit.name, visit.parts["id"])
    if entry is None or not entry.versions:
        return not_found(say)
    told = _DONE.get(visit.query.get("done", ""))
    title = next(iter(entry.versions[-1].skill.triggers.questions), entry.id)
    back = el("a", say("回到列表", "Back to the list"), href=visit.link("skills"))
    return Page(
        title=title,
        body=join(
            (heading(title, entry.id, back), note("good", say(*told)) if told else None, one(visit, entry))
        ),
    )


def one(visit: Visit, entry: Entry) -> Markup:
    """All of it."""
    say, newest = visit.say, entry.versions[-1]
    acts = [el("a", say("修改", "Change it"), href=visit.link("skills/write", id=entry.id), class_="button")]
    if newest.number != entry.head.live:
        acts.insert(
            0,
            el(
                "a",
                say("发布第 {n} 版", "Publish version {n}", n=newest.number),
                href=visit.link(f"skills/{entry.id}/publish", version=str(newest.number)),
                class_="button primary",
            ),
        )
    if entry.head.before or entry.head.trial:
        acts.append(
            el(
                "a",
                say("退回上一版", "Go back a version"),
                href=visit.link(f"skills/{entry.id}/publish", what="roll_back"),
                class_="button",
            )
        )
    if entry.head.live:
        acts.append(
            el(
                "a",
                say("撤下", "Withdraw"),
                href=visit.link(f"skills/{entry.id}/publish", what="withdraw"),
                class_="button danger",
            )
        )
    return join(
        (
            el(
                "section",
                el("p", state(visit, entry)),
                card(visit, newest),
                el("div", acts, class_="actions"),
                class_="card",
            ),
            el("section", el("h2", say("版本", "Versions")), versions(visit, entry), class_="card"),
        )
    )


def card(visit: Visit, version: Version) -> Markup:
    """As it stands on a card."""
    say, skill = visit.say, version.skill
    return join(
        (
            el("h2", say("卡片上看起来像这样", "As it stands on a card")),
            el("div", skill.answer, class_="bubble"),
            facts(
                (
                    (
                        say("这些问法会用它", "Asked like this"),
                        el(
                            "ul",
                            [el("li", question) for question in skill.triggers.questions],
                            class_="plain",
                        ),
                    ),
                    (say("线路", "Routes"), "、".join(skill.routes) or say("所有", "all")),
                )
            ),
        )
    )


def versions(visit: Visit, entry: Entry) -> Markup:
    """Each version against the one before, the newest first."""
    say, before = visit.say, ""
    parts = []
    for version in entry.versions:
        living = tag(say("在用", "answers"), "good") if version.number == entry.head.live else None
        head = el(
            "summary",
            say("第 {n} 版", "Version {n}", n=version.number),
            f" · {version.written_by} · {say.moment(version.written_ms)} ",
            living,
        )
        parts.append(el("details", head, difference(before, version.skill.answer)))
        before = version.skill.answer
    return join(reversed(parts))


def difference(before: str, now: str) -> Markup:
    """Line by line."""
    lines = []
    for line in difflib.ndiff(before.splitlines(), now.splitlines()):
        kind, words = line[:2].strip(), line[2:]
        if kind != "?":
            lines.append(el({"+": "ins", "-": "del"}.get(kind, "div"), words or " "))
    return el("div", lines, class_="diff")
