"""What the inspector shows: the queue, the tables, the calls spent, the faults and the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from devserver.page.turn import JobKind, job_in
from devserver.system import HOUSEKEEPING

if TYPE_CHECKING:
    from devserver.page.views import Json, Views
    from devserver.system import LocalSystem, LogEntry
    from emulators.dingtalk import Call
    from emulators.faults import FaultBoard
    from emulators.function_compute.asynchronous.tasks import Task

_CHINESE = Path(__file__).with_name("chinese_faults.yaml")
_NEWEST = 50
_LOG_LINES = 200
#: Tablestore sorts by key, not by time: of more rows than this the newest may be missing.
_ROWS_READ = 2_000


def inspect(system: LocalSystem, views: Views) -> Json:
    """One picture of everything behind the chat; lists are newest first, the log oldest first."""
    people = {person.staff_id: person.nick for person in system.dingtalk.people if person.staff_id}
    return {
        "functions": [
            {"name": one.name, "timeout": one.timeout, "concurrency": one.instance_concurrency}
            for one in system.functions.functions()
        ],
        "instances": [
            {
                "id": one.instance_id,
                "function": one.function,
                "state": one.state,
                "pid": one.pid,
                "in_flight": one.in_flight,
            }
            for one in system.functions.instances()
        ],
        "queue": [_task(task, people) for task in reversed(system.functions.tasks()[-_NEWEST:])],
        "turns": _rows(system, "turns", "asked_ms"),
        "sessions": _rows(system, "sessions", "last_used"),
        "calls": _calls(system, views),
        "tablestore": Counter(record.operation for record in system.tablestore_requests),
        "faults": faults(system.faults),
        "log": log(system, _LOG_LINES),
    }


def faults(board: FaultBoard) -> list[Json]:
    """Every known fault and whether it is on."""
    on, struck = board.switched_on(), board.struck()
    return [
        {
            "name": kind.name,
            "sentence": kind.sentence,
            # A plug-in's own fault has none.
            "chinese": chinese().get(kind.name, kind.sentence),
            "on": kind.name in on,
            "probability": on.get(kind.name, 1.0),
            "struck": struck.get(kind.name, 0),
        }
        for kind in board.kinds
    ]


@cache
def chinese() -> dict[str, str]:
    """What each fault does, in the page's language."""
    read: dict[str, str] = yaml.safe_load(_CHINESE.read_text(encoding="utf-8"))
    return read


def log(system: LocalSystem, lines: int) -> list[Json]:
    """The last lines the functions printed, oldest first."""
    kept = system.log
    return [_line(entry) for entry in islice(kept, max(0, len(kept) - lines), None)]


def _line(entry: LogEntry) -> Json:
    return {"function": entry.function, "instance": entry.instance, "line": entry.line}


def _task(task: Task, people: dict[str, str]) -> Json:
    job = job_in(task.payload)
    kind: JobKind = "timer" if task.function == HOUSEKEEPING else job.kind
    return {
        "id": task.task_id,
        "kind": kind,
        "function": task.function,
        "status": task.status,
        "attempts": task.attempts,
        "enqueued": task.enqueued,
        "started": task.started,
        "ended": task.ended,
        "instance": task.instance_id,
        "error": task.error,
        "turn_id": job.turn_id,
        "bot": job.bot,
        "text": job.text,
        "action": job.action,
        "words": job.words,
        "who": people.get(job.user_id, job.user_id),
        "event": job.type,
        "events": [{"status": one.status, "at": one.at, "detail": one.detail} for one in task.events],
    }


def _rows(system: LocalSystem, table: str, newest_by: str) -> list[dict[str, Any]]:
    rows = system.tablestore.rows(table, _ROWS_READ)
    return sorted(rows, key=lambda row: int(row.get(newest_by, 0)), reverse=True)[:_NEWEST]


def _calls(system: LocalSystem, views: Views) -> Json:
    ledger, quota = system.dingtalk.ledger, system.dingtalk.quota
    by_api: defaultdict[str, list[Call]] = defaultdict(list)
    for call in ledger.calls:
        by_api[call.api].append(call)
    return {
        "used": quota.used,
        "limit": quota.limit,
        "by_api": [
            {
                "api": api,
                "calls": len(calls),
                "counted": sum(call.counted for call in calls),
                "failed": sum(bool(call.code) for call in calls),
            }
            for api, calls in sorted(by_api.items(), key=lambda item: -len(item[1]))
        ],
        "latest": [views.call(call) for call in reversed(ledger.calls[-_NEWEST:])],
        "pushes": [views.push(push) for push in reversed(ledger.pushes[-_NEWEST:])],
        "violations": [
            {"at": one.at, "turn_id": one.out_track_id, "rule": one.rule}
            for one in reversed(ledger.violations[-_NEWEST:])
        ],
    }
