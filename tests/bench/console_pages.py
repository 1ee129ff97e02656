"""The console's pages over the emulated Tablestore with 100 000 questions: time, CPU, requests, memory.

`python -m tests.bench.console_pages [QUESTIONS]`. Most of the time is the emulator's, which encodes rows in
Python.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx

from devserver.running import running
from devserver.settings import Settings
from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.console.signing.session import Session, to_cookie
from rag_on_dingtalk.console.signing.signer import Signer
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.observability.events import QuestionEvent, counts_of, question_row
from rag_on_dingtalk.storage.console_sessions import ConsoleSessions
from rag_on_dingtalk.storage.rows.changes import Put, Update
from rag_on_dingtalk.storage.tables import QUESTIONS, STATS
from tests.bench.table import print_table, quantile
from tests.browser.administration.history import open_rows
from tests.browser.administration.running import BOT, OWNER, STAFF, with_roles

if TYPE_CHECKING:
    from devserver.system import LocalSystem

NUMBER, _BATCH, _RUNS = 100_000, 100, 7
_DAY_MS = 86_400_000
PAGES = (
    "overview",
    "questions",
    "questions?outcome=stopped",
    "gaps",
    "access",
    "limits",
    "incidents",
    "audit",
    "settings",
)


async def report(number: int = NUMBER) -> None:
    """The table."""
    async with running(Settings(piece_delay=0, qps=None, change_bots=with_roles), page=False) as (system, _):
        await _fill(system, number)
        rows = open_rows(system)
        at = now_ms()
        session = Session("bench", STAFF[OWNER], OWNER, at, at, at)
        await ConsoleSessions(rows).begin(session.user, session.id, now_ms=at)
        await rows.close()
        signer = Signer(system.environ["CONSOLE_SESSION_KEY"])
        cookies = {"rag-session": to_cookie(session, signer)}
        async with httpx.AsyncClient(cookies=cookies, timeout=60) as http:
            lines = [await _page(system, http, page) for page in PAGES]
        memory = max(_megabytes(one.pid) for one in system.functions.instances() if "console" in one.function)
    head = ("page", "server time, p50 of 7", "the console's own CPU", "requests", "KB")
    print_table(f"The console with {number:,} questions; its process has {memory:.0f} MB", head, lines)


async def _page(system: LocalSystem, http: httpx.AsyncClient, page: str) -> tuple[str, ...]:
    times, requests, size = [], 0, 0
    # The first visit starts the instance.
    await http.get(f"{system.console_url}/bots/{BOT}/{page}")
    cpu = _cpu_ms(system)
    for _ in range(_RUNS):
        system.tablestore_requests.clear()
        began = time.perf_counter()
        answer = await http.get(f"{system.console_url}/bots/{BOT}/{page}")
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text[:200]
        requests, size = len(system.tablestore_requests), len(answer.content)
    own = (_cpu_ms(system) - cpu) / _RUNS
    return (page, f"{quantile(times, 0.5):.0f} ms", f"{own:.0f} ms", str(requests), f"{size / 1024:.0f}")


async def _fill(system: LocalSystem, number: int) -> None:
    rows, now = open_rows(system), now_ms()
    hours: dict[str, dict[str, int]] = {}
    batch: list[Any] = []
    for one in range(number):
        event = QuestionEvent(
            turn_id=turn_id_of(BOT, f"bench {one}"),
            bot=BOT,
            asked_ms=now - one * (30 * _DAY_MS // number),
            asker=f"u{one % 500}",
            question=f"第 {one % 997} 个问题是什么",
            outcome="answered" if one % 9 else "nothing_found",
            backend="anythingllm",
            total_ms=2_000 + one % 5_000,
        )
        key = (f"{BOT}/{event.day}", event.asked_ms, event.turn_id)
        batch.append(Put(table=QUESTIONS, key=key, columns={**question_row(event)}))
        counts = hours.setdefault(event.hour, {})
        for name, count in counts_of(event).items():
            counts[name] = counts.get(name, 0) + count
        if len(batch) == _BATCH:
            await rows.write_all(batch)
            batch = []
    for hour, counts in hours.items():
        await rows.write_all((Update(table=STATS, key=(BOT, hour), counts=counts),))
    await rows.close()


def _cpu_ms(system: LocalSystem) -> float:
    """Of all the console's processes since they began."""
    total = 0
    for one in system.functions.instances():
        if "console" in one.function:
            with open(f"/proc/{one.pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - of the kernel
                # Behind the name: state is the first, utime and stime the 12th and 13th.
                fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total * 1000 / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int | None) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:  # noqa: PTH123 - of the kernel
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


if __name__ == "__main__":
    asyncio.run(report(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER))
