"""审计: a day's records, the newest first, and the forms that check and export a stretch of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.pages.audit.stretches import day_in
from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, field, heading, hidden, table, tag
from rag_on_dingtalk.observability.audit.chain import Record
from rag_on_dingtalk.observability.audit.sheet import FIELDS
from rag_on_dingtalk.observability.audit.vocabulary import ACTS, is_sensitive
from rag_on_dingtalk.observability.days import DAY_MS, day_of, start_of
from rag_on_dingtalk.storage.tables import AUDIT

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit

_ROWS, _REQUESTS, _PAGE = 200, 4, 50


async def page(visit: Visit) -> Answer:
    """A day's records, the newest first."""
    say = visit.say
    day = day_in(visit.query.get("day", ""), day_of(visit.now_ms))
    records, older = await _read(visit, day)
    head = heading(
        say("审计", "Audit"),
        say(
            "谁在什么时候做了什么；每条记录都连着上一条，少了、改了都看得出来。",
            "Who did what and when; each record names the one before, so gaps and changes show.",
        ),
    )
    return Page(
        title=say("审计", "Audit"),
        body=join((head, _filters(visit, day), shown(visit, day, records, older), _work(visit, day))),
    )


async def _read(visit: Visit, day: str) -> tuple[list[Record], str]:
    """Records that fit the filter, and where the next page begins; a few requests whatever is filtered."""
    act, who = visit.query.get("act", ""), visit.query.get("who", "").strip()
    at: tuple[str | int, ...] = (int(number),) if (number := visit.query.get("at", "")).isdecimal() else ()
    found: list[Record] = []
    for _ in range(_REQUESTS):
        rows, following = await visit.services.rows.part(
            AUDIT, f"{visit.name}/{day}", limit=_ROWS, at=at, backward=True
        )
        for key, row in rows:
            columns = {name: value for name, value in row.items() if isinstance(value, str | int)}
            record = Record(visit.name, day, int(key[1]), columns)
            if (act and columns.get("act") != act) or (who and columns.get("who") != who):
                continue
            if len(found) == _PAGE:
                return found, str(record.number)
            found.append(record)
        if not following:
            return found, ""
        at = following
    return found, str(at[0])


def _filters(visit: Visit, day: str) -> Markup:
    say, query = visit.say, visit.query
    acts = [("", say("全部", "All"))] + [(name, name) for name in ACTS]
    return el(
        "form",
        field(say("哪一天", "Day"), "day", day, type="date"),
        choice(say("做了什么", "Act"), "act", acts, query.get("act", "")),
        field(say("谁（工号）", "Who (staff id)"), "who", query.get("who", ""), size=12),
        el("button", say("查", "Search"), class_="primary"),
        method="get",
        action=visit.link("audit"),
        class_="filters",
        aria_label=say("查找", "Search"),
    )


def shown(visit: Visit, day: str, records: list[Record], older: str) -> Markup:
    """The records and the way to other pages."""
    say = visit.say
    before = day_of(start_of(day) - 1)
    kept = {key: visit.query.get(key, "") for key in ("act", "who")}
    links = [
        el(
            "a",
            say("前一天", "The day before"),
            href=visit.link("audit", day=before, **kept),
            class_="button",
        )
    ]
    if older:
        links.insert(
            0,
            el(
                "a",
                say("更早的", "Older"),
                href=visit.link("audit", day=day, at=older, **kept),
                class_="button",
            ),
        )
    pager = el("div", el("span"), el("div", links, class_="actions"), class_="pager")
    if not records:
        return el(
            "section",
            el("p", say("这一天没有符合的记录。", "There is no such record on this day."), class_="empty"),
            pager,
            class_="card",
        )
    head = (
        say("编号", "Number"),
        say("时间", "Time"),
        say("做了什么", "Act"),
        say("谁", "Who"),
        say("对象", "What"),
        say("结果", "Result"),
        say("详情", "Detail"),
    )
    rows = []
    for one in records:
        column = {name: str(one.columns.get(name, "")) for name in FIELDS}
        act = column["act"]
        result = tag(column["result"], "bad" if column["result"] != "done" else "")
        rows.append((
            str(one.number), say.clock(int(one.columns.get("at_ms", 0))), tag(act, "warn" if is_sensitive(act) else ""),
            el("span", column["who"], class_="words"), el("span", column["what"], class_="words"),
            el("span", result, f" {column['rule']}" if column["rule"] else ""), el("span", column["detail"] or "—", class_="words"),
        ))  # fmt: skip
    return el("section", table(head, rows), pager, class_="card")


def _work(visit: Visit, day: str) -> Markup:
    """Checking and exporting, for a stretch of days."""
    say = visit.say
    first = day_of(start_of(day) - 6 * DAY_MS)

    def form(action: str, label: str, *more: Markup) -> Markup:
        return el(
            "form",
            hidden(form=visit.token),
            field(say("从", "From"), "first", first, type="date", required=True),
            field(say("到", "To"), "last", day, type="date", required=True),
            *more,
            el("button", label, class_="primary"),
            method="post",
            action=visit.link(action),
            class_="filters",
        )

    why = field(say("为什么（会记入审计）", "Why (it is recorded)"), "why", required=True, maxlength=200)
    export = form("audit/export", say("导出 CSV", "Export as CSV"), why) if visit.may("export") else None
    return join(
        (
            el(
                "section",
                el("h2", say("检查有没有被改过", "Check the chain")),
                form("audit/verify", say("检查", "Check")),
                class_="card",
            ),
            el("section", el("h2", say("导出", "Export")), export, class_="card") if export else None,
        )
    )
