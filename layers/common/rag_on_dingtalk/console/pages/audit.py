"""审计: search by day, check the chain, export it; both show how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.failures import refused
from rag_on_dingtalk.console.responses import Answer, Data, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, field, heading, hidden, note, table, tag
from rag_on_dingtalk.observability.audit.chain import Head, Record, check
from rag_on_dingtalk.observability.audit.sheet import FIELDS, csv_rows
from rag_on_dingtalk.observability.audit.vocabulary import ACTS, is_sensitive
from rag_on_dingtalk.observability.days import DAY_MS, day_of, days_between, start_of
from rag_on_dingtalk.storage.tables import AUDIT

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit

_ROWS, _REQUESTS, _PAGE = 200, 4, 50
#: Of an export or a check at once.
_LONGEST_DAYS = 100
_TICKET = "audit"
_TICKET_MS = 15 * 60_000


async def page(visit: Visit) -> Answer:
    """A day's records, the newest first."""
    say = visit.say
    day = _day(visit.query.get("day", ""), day_of(visit.now_ms))
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


async def verify(visit: Visit) -> Answer:
    """The page on which the check runs, day by day."""
    return _running(visit, "verify", file="")


async def export(visit: Visit) -> Answer:
    """The page on which the export runs; that it was begun is in the audit."""
    why = visit.form.get("why", "").strip()[:200]
    days = _days(visit)
    if not why or days is None or not visit.may("export"):
        return refused(visit.say, "form", status=422)
    if not await visit.record("audit.read", what=f"{days[0]} … {days[-1]}", detail=why):
        return Page(
            title=visit.say("导出", "Export"),
            body=note(
                "bad",
                visit.say(
                    "审计写不进去，所以不能导出。请稍后再试。",
                    "The audit cannot be written, so nothing is exported. Try again later.",
                ),
            ),
            status=503,
        )
    return _running(visit, "export", file=f"audit-{visit.name}-{days[0]}-{days[-1]}.csv")


def _running(visit: Visit, kind: str, *, file: str) -> Answer:
    say, days = visit.say, _days(visit)
    if days is None:
        return refused(say, "form", status=422)
    ticket = _ticket(visit, kind)
    steps = [{"day": day, "url": visit.link(f"audit/{kind}/step", day=day, ticket=ticket)} for day in days]
    title = (
        say("检查审计", "Checking the audit") if kind == "verify" else say("导出审计", "Exporting the audit")
    )
    work = el(
        "section",
        el("progress", value=0, max=len(days), aria_label=title),
        el("p", say("正在读…", "Reading …"), data_said=True, role="status"),
        el(
            "div",
            data_done=True,
            data_file=file or None,
            data_label=say("保存文件", "Save the file"),
            data_head=csv_rows([], head=True),
            data_type="text/csv;charset=utf-8",
            data_wrong=say("发现了问题：", "Something is wrong:"),
            data_right=say(
                "没有发现问题：记录一条不少，也没有被改过。", "All is well: no record is missing or changed."
            ),
        ),
        class_="card",
        data_steps=msgspec.json.encode(steps).decode(),
        data_saying=say("{day} 读完，共 {records} 条", "{day} is read, {records} records"),
        data_broken=say("中断了：请重新开始。", "It broke off: begin again."),
    )
    return Page(
        title=title,
        body=join(
            (
                heading(title, f"{days[0]} … {days[-1]}"),
                work,
                el("p", el("a", say("回到审计", "Back to the audit"), href=visit.link("audit"))),
            )
        ),
    )


async def verify_step(visit: Visit) -> Answer:
    """One day of the check; `after` is the last record of the days before."""
    day = _day(visit.query.get("day", ""), "")
    if not day or not _valid(visit, "verify"):
        return refused(visit.say, "form", status=422)
    audit = visit.services.audit
    head = await audit.head(visit.name)
    records = [record async for record in audit.between(visit.name, day, day)]
    found = [str(one) for one in check(records, head if head.day == day else Head())]
    after = visit.query.get("after", "")
    if after and records and records[0].number == 1 and records[0].columns.get("before") != after:
        found.insert(
            0,
            visit.say(
                "{day} 的第一条没有连着前面的最后一条：中间少了记录或者被改过。",
                "{day}: its first record does not name the last one before it.",
                day=day,
            ),
        )
    return Data({"records": len(records), "findings": found, "last": records[-1].hash if records else ""})


async def export_step(visit: Visit) -> Answer:
    """One day's lines."""
    day = _day(visit.query.get("day", ""), "")
    if not day or not visit.may("export") or not _valid(visit, "export"):
        return refused(visit.say, "form", status=422)
    records = [record async for record in visit.services.audit.between(visit.name, day, day)]
    rows = [{"bot": one.bot, "day": one.day, "number": one.number, **one.columns} for one in records]
    return Data({"records": len(rows), "text": csv_rows(rows), "last": ""})


def _ticket(visit: Visit, kind: str) -> str:
    """Lets the steps run: of this session, for a quarter of an hour."""
    content = msgspec.json.encode([visit.session.id, visit.name, kind, visit.now_ms + _TICKET_MS])
    return visit.services.signer.sign(_TICKET, content)


def _valid(visit: Visit, kind: str) -> bool:
    content = visit.services.signer.opened(_TICKET, visit.query.get("ticket", ""))
    if content is None:
        return False
    session, bot, of, until_ms = msgspec.json.decode(content, type=tuple[str, str, str, int])
    return (session, bot, of) == (visit.session.id, visit.name, kind) and visit.now_ms < until_ms


def _days(visit: Visit) -> list[str] | None:
    first, last = (_day(visit.form.get(name, ""), "") for name in ("first", "last"))
    if not first or not last or start_of(last) - start_of(first) > _LONGEST_DAYS * DAY_MS:
        return None
    return days_between(first, last) or None


def _day(value: str, otherwise: str) -> str:
    try:
        start_of(value)
    except ValueError:
        return otherwise
    return value
