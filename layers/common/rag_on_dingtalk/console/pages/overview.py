"""总览: today and the last thirty days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.reading.overview import Overview, read_overview
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.charts import Chart, Series, figure
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import heading
from rag_on_dingtalk.observability.incidents.rules import RULES

if TYPE_CHECKING:
    from rag_on_dingtalk.console.reading.overview import DayCounts
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.console.web.language import Say


async def page(visit: Visit) -> Answer:
    """The page."""
    services = visit.services
    found = await read_overview(
        services.questions, services.incidents, services.rows, visit.name, visit.bot, visit.now_ms
    )
    say = visit.say
    body = join(
        (heading(say("总览", "Overview"), visit.bot.title), shown(say, found, visit.link("incidents")))
    )
    return Page(title=say("总览", "Overview"), body=body)


def shown(say: Say, found: Overview, incidents: str) -> Markup:
    """All of it; incidents: the address of their page."""
    return join(
        (
            _incidents(say, found, incidents),
            el("h2", say("今天", "Today")),
            _tiles(say, found.today, found),
            el("h2", say("近 30 天", "The last 30 days")),
            _tiles(say, found.together, None),
            el("div", _charts(say, found), class_="grid-2"),
        )
    )


def _incidents(say: Say, found: Overview, address: str) -> Markup | None:
    if not found.incidents:
        return None
    told = [
        RULES[kind].zh if say.language == "zh" else RULES[kind].en
        for kind in found.incidents
        if kind in RULES
    ]
    told += [kind for kind in found.incidents if kind not in RULES]
    sentence = say(
        "有 {n} 件事正在发生：{what}", "{n} incidents are open: {what}", n=len(told), what="；".join(told)
    )
    link = el("a", say("去处理", "Look at them"), href=address)
    return el("div", el("p", sentence, " ", link), class_="note bad", role="status")


def _tiles(say: Say, day: DayCounts, today: Overview | None) -> Markup:
    tiles: list[tuple[str, str, str]] = [
        (say("提问", "Questions"), f"{day.asked:,}", ""),
        (say("已回答", "Answered"), say.share(day.answered, day.asked), "good"),
        (say("没找到", "Nothing found"), say.share(day.nothing_found, day.asked), ""),
        (say("出错", "Failed"), f"{day.failed:,}", "bad" if day.failed else ""),
        (
            say("赞 / 踩", "Liked / disliked"),
            f"{day.counts.get('liked', 0):,} / {day.counts.get('disliked', 0):,}",
            "",
        ),
        (say("一半在这之内答完", "Half are answered within"), say.duration(day.took(0.5)), ""),
        (say("95% 在这之内答完", "95% are answered within"), say.duration(day.took(0.95)), ""),
        (say("缓存命中", "Answered from the cache"), say.share(day.hits, day.lookups), ""),
        (say("函数计算费用（约）", "Function Compute, about"), f"¥{day.cost:.2f}", ""),
    ]
    if today is not None and today.calls_left is not None:
        low = today.calls is not None and today.calls_left * 5 < today.calls
        tiles.append(
            (
                say("本月还剩的钉钉调用", "DingTalk calls left this month"),
                f"{today.calls_left:,}",
                "bad" if low else "",
            )
        )
    return el(
        "ul",
        [
            el("li", el("b", value), el("span", name), class_=f"tile {kind}".strip())
            for name, value, kind in tiles
        ],
        class_="tiles",
    )


def _charts(say: Say, found: Overview) -> list[Markup]:
    days = found.days
    labels = tuple(day.day[5:] for day in days)

    def counts(name: str, values: list[int], kind: str) -> Series:
        return Series(name, tuple(float(value) for value in values), kind)

    def seconds(share: float) -> tuple[float | None, ...]:
        return tuple(None if (took := day.took(share)) is None else round(took / 1000, 2) for day in days)

    charts = (
        Chart(
            title=say("每天的提问", "Questions a day"),
            labels=labels,
            series=(
                counts(say("已回答", "answered"), [day.answered for day in days], "a"),
                counts(say("没找到", "nothing found"), [day.nothing_found for day in days], "b"),
                counts(say("出错", "failed"), [day.failed for day in days], "c"),
                counts(say("没有权限", "refused"), [day.refused for day in days], "d"),
            ),
        ),
        Chart(
            title=say("回答要多久", "How long an answer takes"),
            labels=labels,
            unit=say(" 秒", " s"),
            lines=True,
            series=(Series("P50", seconds(0.5), "a"), Series("P95", seconds(0.95), "b")),
        ),
        Chart(
            title=say("赞和踩", "Likes and dislikes"),
            labels=labels,
            series=(
                counts(say("赞", "likes"), [day.counts.get("liked", 0) for day in days], "e"),
                counts(say("踩", "dislikes"), [day.counts.get("disliked", 0) for day in days], "c"),
            ),
        ),
        Chart(
            title=say("每天花的钉钉调用", "DingTalk calls a day"),
            labels=labels,
            series=(counts(say("调用", "calls"), [day.counts.get("calls", 0) for day in days], "a"),),
        ),
    )
    nothing = say(
        "这些天没有数据。有人提问之后，这里就会有图。", "There is nothing yet. It is drawn once people ask."
    )
    return [figure(chart, table=say("看数字", "The numbers"), empty=nothing) for chart in charts]
