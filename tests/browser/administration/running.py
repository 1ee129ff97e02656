"""The local system with one person in each role of a bot, and some history: for tests and pictures."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from devserver.running import running
from devserver.settings import Settings
from emulators.dingtalk import Person
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.storage.tables import INCIDENTS
from tests.browser.administration.history import open_rows, write_history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from devserver.system import LocalSystem
    from rag_on_dingtalk.settings.bot import Bots

OWNER, AUDITOR, OPERATOR, CURATOR, STRANGER = "负责人", "审计员", "运维员", "知识管理员", "新同事"
STAFF = {OWNER: "owner01", AUDITOR: "audit01", OPERATOR: "ops01", CURATOR: "hr01", STRANGER: "new01"}
#: The bot with rules on departments.
BOT = "team"


def with_roles(bots: Bots) -> Bots:
    """The demo's bots with one person in each role of `team`."""
    roles = RoleHolders(
        owner=(STAFF[OWNER],),
        curator=(STAFF[CURATOR],),
        operator=(STAFF[OPERATOR],),
        auditor=(STAFF[AUDITOR],),
    )
    limits = (Limit(scope="user", per="day", questions=50), Limit(scope="bot", concurrent=20))
    team = msgspec.structs.replace(bots.bots[BOT], roles=roles, limits=limits)
    changed = {**bots.bots, BOT: team}
    return msgspec.structs.replace(bots, bots=changed)


@dataclass
class Administration:
    """The running system with the console's address."""

    system: LocalSystem
    url: str

    def address(self, page: str) -> str:
        """Of a page of the bot."""
        return f"{self.url}/bots/{BOT}/{page}"


@asynccontextmanager
async def running_with_history() -> AsyncIterator[Administration]:
    """The system; one incident is open, and one person has asked for access."""
    settings = Settings(piece_delay=0, qps=None, change_bots=with_roles)
    async with running(settings, page=False) as (system, _):
        for nick, staff_id in STAFF.items():
            system.dingtalk.add_person(Person(nick=nick, staff_id=staff_id))
        await write_history(system, BOT)
        await _open_incident(system)
        yield Administration(system, system.console_url)


async def _open_incident(system: LocalSystem) -> None:
    now_ms = time.time_ns() // 1_000_000
    rows = open_rows(system)
    try:
        await rows.put(
            INCIDENTS,
            (BOT, "backend_fails"),
            {
                "state": "open",
                "episode": 1,
                "in_a_row": 4,
                "count": 4,
                "first_ms": now_ms - 600_000,
                "last_ms": now_ms - 60_000,
                "shown_ms": now_ms,
                "lease_until_ms": 0,
                "muted_until_ms": 0,
                "acknowledged_by": "",
                "detail": "timeout",
                "version": 1,
            },
        )
    finally:
        await rows.close()
