"""What a run will do, before it begins: what is asked of which backend, what it costs, and what stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import facts, note
from rag_on_dingtalk.cost.evaluation import run_cost
from rag_on_dingtalk.knowledge.evaluation_work import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.console.pages.evaluating.form import Wanted
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun


def effect(visit: Visit, wanted: Wanted, kept: Sequence[EvaluationRun]) -> Markup:
    """The facts; kept: earlier runs, the newest first, for the estimate."""
    say, count = visit.say, len(wanted.questions)
    uses = {route.name: route.use for route in visit.bot.all_routes}
    asked = [
        el(
            "div",
            say(
                "线路 {route} 的知识库 {use}：{n} 个问题",
                "{n} questions of the backend {use}, by the route {route}",
                route=route,
                use=uses[route],
                n=count,
            ),
        )
        for route in wanted.routes
    ]
    cost = run_cost(wanted.routes, count, kept)
    tokens = (
        say("还不知道：这条线路没有保存过评测", "not known yet: no run of the route was kept")
        if cost.tokens is None
        else say("约 {n:,}（按上一次评测）", "about {n:,}, as in the last run", n=cost.tokens)
    )
    return join(
        (
            el("h2", say("会做什么", "What it does")),
            facts(
                (
                    (say("清单", "List"), el("span", wanted.name, class_="words")),
                    (say("会问", "Asks"), join(asked)),
                    (
                        say("大约多久", "Takes about"),
                        say(
                            "{time}，同时问 {n} 个",
                            "{time}, {n} questions at a time",
                            time=say.duration(cost.milliseconds),
                            n=AT_ONCE,
                        ),
                    ),
                    ("token", tokens),
                    (
                        say("函数计算", "Function Compute"),
                        say("约 ¥{cny:.4f}", "about ¥{cny:.4f}", cny=cost.cny),
                    ),
                )
            ),
            note(
                "",
                say(
                    "知识库会记住这些问题，token 要付钱。不占任何人的限额，不进统计和会话，不用钉钉的调用量；知识库连续出错时，会像大家提问时一样暂停问它。",
                    "The backend remembers the questions, and its tokens cost money. No limit, statistic or session of a person and no DingTalk call is touched; a backend that keeps failing is left alone for a while, as it is for people's questions.",
                ),
            ),
        )
    )
