"""Starting a run: the questions are pasted, its effect is shown, and a job is put on async_answer's queue."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import LONGEST_REASON, confirmation
from rag_on_dingtalk.console.pages.evaluating.effect import effect
from rag_on_dingtalk.console.pages.evaluating.form import Wanted, form_of, wanted_of
from rag_on_dingtalk.console.pages.evaluating.progress import read_progress
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import heading, note
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.knowledge.evaluation_runs import read_run
from rag_on_dingtalk.knowledge.evaluation_work import (
    COLUMNS,
    QUEUED_MS,
    EvaluationWork,
    read_work,
    work_columns,
)
from rag_on_dingtalk.models.jobs import EvaluationSlice
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit

_LAST_RUNS = 10


async def form(visit: Visit) -> Answer:
    """The form, with the questions of the last run."""
    work = read_work(await visit.services.evaluation_work.some(visit.name, COLUMNS))
    if problem := _not_now(visit, work):
        return problem
    wanted = Wanted.of(work) if work is not None else Wanted()
    title = visit.say("开始评测", "Start a run")
    return Page(title=title, body=join((heading(title), form_of(visit, wanted))))


async def preview(visit: Visit) -> Answer:
    """What the run would do, and the button; or what is wrong with the questions, line by line."""
    if problem := _not_now(visit, await read_progress(visit)):
        return problem
    wanted = wanted_of(visit)
    title = visit.say("开始评测", "Start a run")
    if wanted.wrong(visit.bot):
        return Page(title=title, body=join((heading(title), form_of(visit, wanted))), status=422)
    found = await Evaluations(visit.services.rows).last(visit.name, most=_LAST_RUNS)
    kept = [run for run in map(read_run, found) if run is not None]
    body = el(
        "section",
        effect(visit, wanted, kept),
        confirmation(
            visit,
            title,
            action="evaluation/start",
            back="evaluation/start",
            undo=visit.say(
                "随时可以停止，停止之后可以接着跑。", "It can be stopped at any time, and go on afterwards."
            ),
            name=wanted.name,
            route=wanted.route,
            against=wanted.against,
            questions=wanted.text,
        ),
        class_="card",
    )
    return Page(title=title, body=join((heading(title), body)))


async def start(visit: Visit) -> Answer:
    """Begin it: first the row, then the audit, then the queue. What is not recorded is not asked."""
    wanted, why = wanted_of(visit), visit.form.get("why", "").strip()[:LONGEST_REASON]
    before = await read_progress(visit)
    if problem := _not_now(visit, before):
        return problem
    if not why or wanted.wrong(visit.bot):
        return not_found(visit.say)
    work = EvaluationWork(
        run=secrets.token_hex(8),
        state="running",
        routes=wanted.routes,
        name=wanted.name,
        text=wanted.text,
        total=len(wanted.questions) * len(wanted.routes),
        until_ms=visit.now_ms + QUEUED_MS,
        by=visit.user,
        why=why,
        began_ms=visit.now_ms,
    )
    rows = visit.services.evaluation_work
    begun = await rows.begin(
        visit.name, {**work_columns(work)}, instead_of={} if before is None else before.mark
    )
    if not begun:
        # Another one was first, or the answer to the first attempt was lost.
        now = await read_progress(visit)
        if now is None or now.run != work.run:
            return _not_now(visit, now) or _failed(visit, "not_queued")
    detail = f"{wanted.name}, {work.total}: {why}"
    return await queued(visit, work, detail=detail, done="started")


async def queued(visit: Visit, work: EvaluationWork, *, detail: str, done: str) -> Answer:
    """Record that the run begins or goes on, and queue its next slice; or leave it failed, and say so.

    work: as it stands in its row.
    """
    rule = permission(visit.user, "manage_skills", visit.bot).rule
    reason = ""
    if not await visit.record("evaluation.started", what=" / ".join(work.routes), detail=detail, rule=rule):
        reason = "not_recorded"
    else:
        assert visit.services.queue is not None  # noqa: S101 - `_not_now` has seen to it
        try:
            await visit.services.queue(EvaluationSlice(visit.name, work.run, work.number))
        except QueueError as error:
            visit.services.log("evaluation_not_queued", level="WARNING", bot=visit.name, error=str(error))
            reason = "not_queued"
    if reason:
        # A job that was taken all the same finds a run that has ended.
        failed = msgspec.structs.replace(work, state="failed", reason=reason)
        await visit.services.evaluation_work.change(
            visit.name, {"state": failed.state, "reason": failed.reason}, same={**work.mark}
        )
        return _failed(visit, reason)
    return Go(visit.link("evaluation", done=done))


def _not_now(visit: Visit, work: EvaluationWork | None) -> Page | None:
    """Why no run can be started; None: it can."""
    say = visit.say
    if visit.services.queue is None:
        what = say(
            "控制台不知道回答函数的名字（ANSWER_FUNCTION），所以这里不能开始。请更新部署。",
            "The console does not know the answering function (ANSWER_FUNCTION). Deploy it anew.",
        )
    elif work is not None and work.open and not work.died(visit.now_ms):
        what = say(
            "已经有一次评测在跑（{who}，{done} / {total}）。等它结束，或者先停止它。",
            "A run is under way ({who}, {done} of {total}). Wait for its end, or stop it first.",
            who=work.by,
            done=work.done,
            total=work.total,
        )
    else:
        return None
    title = say("现在不能开始", "It cannot be started now")
    back = el("a", say("回到评测", "Back to the runs"), href=visit.link("evaluation"))
    return Page(title=title, body=join((heading(title), note("warn", what), el("p", back))), status=409)


def _failed(visit: Visit, reason: str) -> Page:
    say = visit.say
    what = (
        say(
            "审计写不进去，所以没有开始。请稍后再试。",
            "The audit cannot be written, so it was not started. Try again later.",
        )
        if reason == "not_recorded"
        else say(
            "没有排上队，什么也没有问。请稍后在评测页点「接着跑」；一直这样就看控制台的角色能不能调用 async_answer。",
            "It was not queued, and nothing is asked. Let it go on later, on the page of runs; if that fails, too, see whether the console's role may invoke async_answer.",
        )
    )
    title = say("没有开始", "It was not started")
    back = el("a", say("回到评测", "Back to the runs"), href=visit.link("evaluation"))
    return Page(title=title, body=join((heading(title), note("bad", what), el("p", back))), status=503)
