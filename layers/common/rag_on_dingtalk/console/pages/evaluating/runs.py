"""评测: the last runs of golden questions, and the one under way. The backends' keys are in async_answer, not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.pages.evaluating.progress import read_progress
from rag_on_dingtalk.console.pages.evaluating.progress import shown as progress
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, note, table, tag
from rag_on_dingtalk.knowledge.evaluation_runs import read_run
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun, RouteRun

_MOST = 10
_DONE = {
    "started": ("已排队，马上开始。", "It is queued, and begins at once."),
    "went_on": ("已排队，接着跑。", "It is queued, and goes on."),
    "stopped": ("已停止。", "It is stopped."),
}


async def page(visit: Visit) -> Answer:
    """The run under way, the newest ones that were kept, and how to make one."""
    say = visit.say
    title = say("评测", "Evaluation")
    about = say(
        "一份有标准的问题清单，各条线路答得怎么样。改知识库之前和之后各跑一次。",
        "How each route answers a list of questions with known answers. Run it before and after a change.",
    )
    found = await Evaluations(visit.services.rows).last(visit.name, most=_MOST)
    runs = [run for run in map(read_run, found) if run is not None]
    work = await read_progress(visit)
    begin = None
    under_way = work is not None and work.open and not work.died(visit.now_ms)
    if visit.may("manage_skills") and visit.services.queue is not None and not under_way:
        label = say("开始评测", "Start a run")
        begin = el("a", label, href=visit.link("evaluation/start"), class_="button primary")
    told = _DONE.get(visit.query.get("done", ""))
    parts = (
        heading(title, about, begin),
        note("good", say(*told)) if told else None,
        progress(visit, work),
        shown(visit, runs),
        _how(visit),
    )
    return Page(title=title, body=join(parts))


def shown(visit: Visit, runs: list[EvaluationRun]) -> Markup:
    """The table, and what was not passed."""
    say = visit.say
    if not runs:
        nothing = say("还没有保存过评测。", "No run has been kept yet.")
        return el("section", el("p", nothing, class_="empty"), class_="card")
    head = (
        say("什么时候", "When"),
        say("问题清单", "Questions"),
        say("线路", "Route"),
        say("通过", "Passed"),
        say("没有答完", "No whole answer"),
        "P50 / P95",
        "token",
    )
    rows = [(run, one) for run in runs for one in run.routes]
    listed = [
        (
            say.moment(run.at_ms),
            el("span", run.file, class_="words"),
            one.route,
            tag(f"{one.passed} / {one.asked}", "good" if one.passed == one.asked else "bad"),
            str(one.failed),
            f"{one.p50_ms / 1000:.1f} s / {one.p95_ms / 1000:.1f} s",
            f"{one.tokens:,}",
        )
        for run, one in rows
    ]
    missed = [_missed(visit, run, one) for run, one in rows if one.missed]
    return join((el("section", table(head, listed), class_="card"), *missed))


def _missed(visit: Visit, run: EvaluationRun, one: RouteRun) -> Markup:
    say = visit.say
    head = el(
        "summary",
        say(
            "{route}，{when}：{n} 个没有通过",
            "{route}, {when}: {n} not passed",
            route=one.route,
            when=say.moment(run.at_ms),
            n=one.asked - one.passed,
        ),
    )
    listed = [
        el(
            "li",
            el("span", question.ask, class_="words"),
            el("ul", [el("li", told, class_="words") for told in question.problems]),
        )
        for question in one.missed
    ]
    more = one.asked - one.passed - len(one.missed)
    rest = el("p", say("还有 {n} 个。", "And {n} more.", n=more), class_="hint") if more else None
    return el("details", head, el("ul", listed, class_="plain"), rest, class_="card")


def _how(visit: Visit) -> Markup:
    say = visit.say
    route = visit.bot.all_routes[-1].name
    command = f"python -m rag_on_dingtalk evaluate questions.yaml --bot {visit.name} --route {route} --keep"
    return el(
        "section",
        el("h2", say("在流水线里跑", "In a pipeline")),
        el(
            "p",
            say(
                "同样的评测也可以在工程师的电脑或流水线里用这条命令跑，结果会出现在这里：",
                "The same run on an engineer's machine or in a pipeline, by this command; its outcome is shown here:",
            ),
        ),
        el("p", el("code", command)),
        class_="card",
    )
