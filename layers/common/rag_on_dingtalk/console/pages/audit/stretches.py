"""Checking and exporting the audit, day by day, on a page that shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.console.failures import refused
from rag_on_dingtalk.console.responses import Answer, Data, Page
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import heading, note
from rag_on_dingtalk.observability.audit.chain import Head, check
from rag_on_dingtalk.observability.audit.sheet import csv_rows
from rag_on_dingtalk.observability.days import DAY_MS, days_between, start_of

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit

#: Of an export or a check at once.
_LONGEST_DAYS = 100
_TICKET = "audit"
_TICKET_MS = 15 * 60_000


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
    day = day_in(visit.query.get("day", ""), "")
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
    day = day_in(visit.query.get("day", ""), "")
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
    first, last = (day_in(visit.form.get(name, ""), "") for name in ("first", "last"))
    if not first or not last or start_of(last) - start_of(first) > _LONGEST_DAYS * DAY_MS:
        return None
    return days_between(first, last) or None


def day_in(value: str, otherwise: str) -> str:
    """The day that a form or an address names; otherwise: where it names none."""
    try:
        start_of(value)
    except ValueError:
        return otherwise
    return value
