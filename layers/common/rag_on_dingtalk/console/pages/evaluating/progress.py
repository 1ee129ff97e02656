"""The run that is under way: how far it is, stopping it, and letting one that broke off go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.responses import Answer, Data
from rag_on_dingtalk.console.web.html import Markup, el
from rag_on_dingtalk.console.web.layout import note
from rag_on_dingtalk.knowledge.evaluation_work import PROGRESS, read_work

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork

_REASONS = {
    "given_up": (
        "函数计算几次都没有跑成，已经放弃。日志里有原因。",
        "Function Compute has tried it several times and given up. The log says why.",
    ),
    "not_queued": ("没有排上队。", "It was not queued."),
    "not_recorded": ("审计写不进去，所以没有开始。", "The audit could not be written, so it was not begun."),
    "too_long": ("跑得太久，已经停下。", "It took too long."),
    "settings": (
        "重新部署之后，这条线路没有了。请重新开始一次。",
        "After a deployment its route is there no more. Start another run.",
    ),
}


async def read_progress(visit: Visit) -> EvaluationWork | None:
    """The bot's run without its questions; None: there was none yet.

    Raises:
        StateError: Tablestore could not be asked.
    """
    return read_work(await visit.services.evaluation_work.some(visit.name, PROGRESS))


async def step(visit: Visit) -> Answer:
    """How far it is, for a page that is open; `open`: false: the page is to be shown anew."""
    work = await read_progress(visit)
    if work is None or not work.open or work.died(visit.now_ms):
        return Data({"open": False})
    return Data({"open": True, "done": work.done, "said": _said(visit, work)})


def shown(visit: Visit, work: EvaluationWork | None) -> Markup | None:
    """The section; None: there is nothing to tell."""
    if work is None or work.state == "done":
        return None
    alive = work.open and not work.died(visit.now_ms)
    return _alive(visit, work) if alive else _broken(visit, work)


def _alive(visit: Visit, work: EvaluationWork) -> Markup:
    say = visit.say
    stop = el(
        "a", say("停止", "Stop it"), href=visit.link("evaluation/act", what="stop"), class_="button danger"
    )
    again = el("a", say("刷新", "Refresh"), href=visit.link("evaluation"), class_="button")
    return el(
        "section",
        el("h2", say("正在评测：{name}", "Under way: {name}", name=work.name)),
        el("progress", value=work.done, max=work.total, aria_label=say("问完了多少", "How many are asked")),
        el("p", _said(visit, work), data_said=True, role="status"),
        _about(visit, work),
        el("div", again, stop if visit.may("manage_skills") else None, class_="actions"),
        class_="card",
        data_follow=visit.link("evaluation/step"),
    )


def _broken(visit: Visit, work: EvaluationWork) -> Markup:
    say = visit.say
    if work.open:
        told = say(
            "这次评测中断了：从 {when} 起没有实例在跑。",
            "This run broke off: no instance has asked since {when}.",
            when=say.moment(work.until_ms),
        )
    elif work.state == "stopped":
        told = say("这次评测被停止了。", "This run was stopped.")
    else:
        told = say(*_REASONS.get(work.reason, ("失败了。", "It failed.")))
    on = el(
        "a",
        say("接着跑", "Go on"),
        href=visit.link("evaluation/act", what="go_on"),
        class_="button primary",
    )
    return el(
        "section",
        el("h2", say("没有跑完：{name}", "Not finished: {name}", name=work.name)),
        note("warn", told, _said(visit, work)),
        _about(visit, work),
        el("div", on, class_="actions") if visit.may("manage_skills") else None,
        class_="card",
    )


def _said(visit: Visit, work: EvaluationWork) -> str:
    say = visit.say
    waits = (
        say("，在排队", ", waiting in the queue")
        if work.open and not work.owner and not work.died(visit.now_ms)
        else ""
    )
    said = say("问完 {done} / {total}", "{done} of {total} asked", done=work.done, total=work.total)
    return said + waits


def _about(visit: Visit, work: EvaluationWork) -> Markup:
    say = visit.say
    return el(
        "p",
        say(
            "{routes}；{by} 于 {when} 开始：{why}",
            "{routes}; begun by {by} at {when}: {why}",
            routes=" / ".join(work.routes),
            by=work.by,
            when=say.moment(work.began_ms),
            why=work.why,
        ),
        class_="hint",
    )
