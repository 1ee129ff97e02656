"""Stopping a run, and letting one go on that broke off, was stopped or has failed: each shows first what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import LONGEST_REASON, confirmation
from rag_on_dingtalk.console.pages.evaluating.progress import read_progress
from rag_on_dingtalk.console.pages.evaluating.starting import queued
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import heading
from rag_on_dingtalk.knowledge.evaluation_work import QUEUED_MS

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork

Wish = Literal["stop", "go_on"]

_WISHES: dict[Wish, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "stop": (
        ("停止评测", "Stop the run"),
        ("不再问新的问题；已经问完的留着，不保存成一次评测", "no further question is asked; what was judged stays, and no run is kept"),
        ("停止之后可以接着跑。", "It can go on afterwards."),
    ),
    "go_on": (
        ("接着跑", "Go on"),
        ("问剩下的 {n} 个问题", "the other {n} questions are asked"),
        ("随时可以停止。", "It can be stopped at any time."),
    ),
}  # fmt: skip


async def preview(visit: Visit) -> Answer:
    """What a wish does."""
    say, work = visit.say, await read_progress(visit)
    wish = _wish(visit, visit.query.get("what", ""), work)
    if wish is None or work is None:
        return not_found(say)
    label, changes, undo = _WISHES[wish]
    body = el(
        "section",
        el("h2", say("会改变什么", "What it changes")),
        el("div", el("ins", say(*changes, n=work.total - work.done)), class_="diff"),
        confirmation(
            visit,
            say(*label),
            action="evaluation/act",
            back="evaluation",
            danger=wish == "stop",
            undo=say(*undo),
            what=wish,
            run=work.run,
        ),
        class_="card",
    )
    return Page(title=say(*label), body=join((heading(say(*label), work.name), body)))


async def act(visit: Visit) -> Answer:
    """Do it, to the run that was shown."""
    why, work = visit.form.get("why", "").strip()[:LONGEST_REASON], await read_progress(visit)
    wish = _wish(visit, visit.form.get("what", ""), work)
    if wish is None or work is None or not why or visit.form.get("run") != work.run:
        return not_found(visit.say)
    rows = visit.services.evaluation_work
    if wish == "stop":
        # Whatever its owner has written meanwhile: it finds the run stopped with its next answer.
        stopped = {"state": "stopped"}
        if await rows.change(visit.name, {**stopped}, same={"run": work.run, "state": "running"}):
            rule = permission(visit.user, "manage_skills", visit.bot).rule
            detail = f"{work.name}, {work.done}/{work.total}: {why}"
            await visit.record("evaluation.stopped", what=" / ".join(work.routes), detail=detail, rule=rule)
        return Go(visit.link("evaluation", done="stopped"))
    going = msgspec.structs.replace(
        work,
        state="running",
        # Later than every job before: none of these asks beside it.
        number=work.number + 1,
        owner="",
        until_ms=visit.now_ms + QUEUED_MS,
        reason="",
    )
    if not await rows.change(visit.name, {**going.mark, "reason": ""}, same={**work.mark}):
        return Go(visit.link("evaluation"))
    return await queued(visit, going, detail=f"{work.name}, goes on: {why}", done="went_on")


def _wish(visit: Visit, value: str, work: EvaluationWork | None) -> Wish | None:
    """The wish, if the run is in a state for it."""
    if work is None:
        return None
    if value == "stop" and work.open:
        return "stop"
    if value == "go_on" and work.begins_anew(visit.now_ms) and visit.services.queue is not None:
        return "go_on"
    return None
