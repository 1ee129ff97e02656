"""灰度: both arms of each experiment beside one another; stopping, promoting and starting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.canary.deciding import WISHES, Wish, decide_experiment
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.console.failures import not_found
from rag_on_dingtalk.console.pages.confirming import confirmation
from rag_on_dingtalk.console.responses import Answer, Go, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading, note, table, tag
from rag_on_dingtalk.observability.experiments.comparison import LEAST_TO_TEST, compare
from rag_on_dingtalk.observability.spending import cny_of
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.observability.experiments.counts import ArmCounts

_STATES = {
    "running": ("运行中", "Running", "good"),
    "stopped": ("已停止，全部走稳定版", "Stopped: stable answers everyone", "warn"),
    "promoted": ("已推广，符合条件的人都走灰度", "Promoted: the canary answers all who fit", ""),
}
_MEASURES = {
    "failed": ("出错", "Failed"),
    "nothing_found": ("没找到", "Nothing found"),
    "disliked": ("踩", "Disliked"),
    "bad": ("三者合计", "All three"),
}
_WISHES: dict[Wish, tuple[tuple[str, str], tuple[str, str]]] = {
    "stop": (("停止", "Stop"), ("所有人都走稳定版", "stable answers everyone")),
    "promote": (("推广", "Promote"), ("符合条件的人都走灰度版", "the canary answers all who fit")),
    "start": (
        ("重新开始", "Start anew"),
        ("按比例走灰度版，之前的统计清零", "the canary gets its part, and the counts begin anew"),
    ),
}


async def page(visit: Visit) -> Answer:
    """The page."""
    say = visit.say
    title = say("灰度", "Canary")
    about = say(
        "新线路先给一部分人用，两边比一比，再决定。",
        "A new route answers a part of the people first; compare both arms, then decide.",
    )
    stored = await Experiments(visit.services.rows).of(visit.name)
    done = (
        note(
            "good", say("已生效，十几秒内所有实例都会照办。", "Done; every instance follows within seconds.")
        )
        if visit.query.get("done")
        else None
    )
    return Page(title=title, body=join((heading(title, about), done, shown(visit, stored))))


def names_of(visit: Visit) -> tuple[str, ...]:
    """The bot's experiments."""
    return tuple(dict.fromkeys(route.of_experiment for route in visit.bot.all_routes if route.of_experiment))


def shown(visit: Visit, stored: Mapping[str, ExperimentRow]) -> Markup:
    """Each experiment."""
    say = visit.say
    parts = [_one(visit, name, stored.get(name, ExperimentRow())) for name in names_of(visit)]
    if not parts:
        return el(
            "section",
            el(
                "p",
                say(
                    "没有灰度。在 bots.yaml 的线路里写 percent 就有。",
                    "There is none: write `percent` at a route in bots.yaml.",
                ),
                class_="empty",
            ),
            class_="card",
        )
    return join(parts)


def _one(visit: Visit, name: str, row: ExperimentRow) -> Markup:
    say, status, found = visit.say, row.status, compare(row.canary, row.stable)
    zh, en, kind = _STATES[status.state]
    rows: list[tuple[object, ...]] = [
        (say("提问", "Questions"), f"{found.canary.asked:,}", f"{found.stable.asked:,}", "—"),
    ]
    for one in found.differences:
        chance = (
            say("太少，还不能比", "too few to tell")
            if one.p is None
            else say("差异显著（p={p:.3f}）", "differs (p={p:.3f})", p=one.p)
            if one.significant
            else say("可能是偶然（p={p:.2f}）", "may be chance (p={p:.2f})", p=one.p)
        )
        rows.append((say(*_MEASURES[one.measure]), f"{one.share:.1%}", f"{one.stable_share:.1%}", chance))
    for label, share in (
        (say("一半在这之内答完", "Half within"), 0.5),
        (say("95% 在这之内", "95 % within"), 0.95),
    ):
        rows.append((label, _took(visit, found.canary, share), _took(visit, found.stable, share), "—"))
    rows.append((say("每个回答的费用", "Cost of an answer"), _each(found.canary), _each(found.stable), "—"))
    head = (say("指标", "Measure"), say("灰度", "Canary"), say("稳定", "Stable"), say("差别", "Difference"))
    offered: tuple[Wish, ...] = ("stop", "promote") if status.state == "running" else ("start",)
    acts = [
        el("a", say(*_WISHES[wish][0]), href=visit.link("canary/act", name=name, what=wish), class_="button")
        for wish in offered
        if visit.may("operate")
    ]
    by = (
        say("（{by}，{why}）", " ({by}, {why})", by=status.by, why=status.why or say.moment(status.at_ms))
        if status.by
        else ""
    )
    few = (
        None
        if found.tested
        else el(
            "p",
            say(
                "每一侧满 {n} 个提问后才比较。",
                "Compared from {n} questions of each arm on.",
                n=LEAST_TO_TEST,
            ),
            class_="hint",
        )
    )
    return el(
        "section",
        el("h2", name, " ", tag(say(zh, en), kind), el("span", by, class_="hint")),
        table(head, rows),
        few,
        el("div", acts, class_="actions"),
        class_="card",
    )


async def preview(visit: Visit) -> Answer:
    """What a wish changes."""
    say, name, wish = visit.say, visit.query.get("name", ""), _wish(visit.query.get("what", ""))
    if wish is None or name not in names_of(visit):
        return not_found(say)
    label, changes = _WISHES[wish]
    title = f"{say(*label)} {name}"
    body = el(
        "section",
        el("h2", say("会改变什么", "What it changes")),
        el("div", el("ins", say(*changes)), class_="diff"),
        confirmation(
            visit,
            say(*label),
            action="canary/act",
            back="canary",
            undo=say("停止和推广之后都可以重新开始。", "After stopping or promoting it can be started anew."),
            name=name,
            what=wish,
        ),
        class_="card",
    )
    return Page(title=title, body=join((heading(title), body)))


async def act(visit: Visit) -> Answer:
    """Do it."""
    name, wish, why = (
        visit.form.get("name", ""),
        _wish(visit.form.get("what", "")),
        visit.form.get("why", "").strip()[:200],
    )
    if wish is None or not why or name not in names_of(visit):
        return not_found(visit.say)
    changed = await decide_experiment(
        Experiments(visit.services.rows), visit.name, name, wish, by=visit.user, now_ms=visit.now_ms
    )
    if changed:
        rule = permission(visit.user, "operate", visit.bot).rule
        await visit.record(WISHES[wish][1], what=name, detail=why, rule=rule)
    return Go(visit.link("canary", done="1"))


def _wish(value: str) -> Wish | None:
    return next((wish for wish in _WISHES if wish == value), None)


def _took(visit: Visit, arm: ArmCounts, share: float) -> str:
    return visit.say.duration(arm.percentile_ms(share)) if arm.asked else "—"


def _each(arm: ArmCounts) -> str:
    return f"¥{cny_of(arm.busy_ms) / arm.asked:.5f}" if arm.asked else "—"
