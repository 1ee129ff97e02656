"""The audit of a running system: what is written of acts, and a row that is taken out is named."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import AUDIT
from tests.scenario.operating.test_trace import command

if TYPE_CHECKING:
    from devserver.system import LocalSystem

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: 12:00 in China on 2026-11-29.
NOON = 1_795_924_800_000
DAYS = ("--from", "2026-11-29", "--to", "2026-11-29")


async def filled(system: LocalSystem, bot: str) -> Rows:
    """Tablestore with four acts of a bot of its own."""
    rows = Rows(
        endpoint=system.tablestore.url,
        instance=INSTANCE,
        credentials=lambda: (ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
    )
    for number in range(4):
        act = Act(act="grant.given", bot=bot, who="hr01", what=f"=user{number}", at_ms=NOON + number)
        await Audit(rows).append(act, id_=f"{bot}{number}")
    return rows


async def test_a_row_that_is_deleted_and_a_row_that_is_changed_are_named(system: LocalSystem) -> None:
    rows = await filled(system, "one")
    whole = await command(system, "audit", "verify", "--bot", "one", *DAYS)
    await rows.delete(AUDIT, ("one/2026-11-29", 2))
    changed = await rows.get(AUDIT, ("one/2026-11-29", 4))
    assert changed is not None
    await rows.put(AUDIT, ("one/2026-11-29", 4), {**changed, "who": "another"})
    broken = await command(system, "audit", "verify", "--bot", "one", *DAYS)
    await rows.close()

    assert whole == (0, "one, 2026-11-29 to 2026-11-29: 4 records, the chain is whole.\n")
    assert broken[0] == 1
    assert "2026-11-29 number 2: is missing" in broken[1]
    assert "2026-11-29 number 4: was changed" in broken[1]


async def test_the_last_row_that_is_deleted_is_missed(system: LocalSystem) -> None:
    rows = await filled(system, "two")
    await rows.delete(AUDIT, ("two/2026-11-29", 4))
    await rows.close()

    _, out = await command(system, "audit", "verify", "--bot", "two", *DAYS)

    assert "2026-11-29 number 4: is missing" in out


async def test_an_export_is_whole_harmless_to_a_spreadsheet_and_recorded_itself(system: LocalSystem) -> None:
    rows = await filled(system, "three")
    status, out = await command(system, "audit", "export", "--bot", "three", *DAYS)
    _, table = await command(system, "audit", "export", "--bot", "three", "--format", "csv", *DAYS)
    everything = [one async for one in rows.span(AUDIT, ("three/2000-01-01",), ("three/2999-01-01",))]
    await rows.close()

    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    cells = list(csv.DictReader(io.StringIO(table[table.index("bot,day") :])))
    assert (status, [line["number"] for line in lines]) == (0, [1, 2, 3, 4])
    assert cells[0]["what"] == "'=user0"
    assert [row["act"] for _, row in everything].count("audit.read") == 2


async def test_housekeeping_records_the_settings_it_sees(system: LocalSystem) -> None:
    system.functions.fire_timer("rag-on-dingtalk-housekeeping")
    await system.functions.idle()

    rows = [row for row in system.tablestore.rows("audit", 10_000) if row.get("act") == "settings.changed"]
    assert {str(row["bot_day"]).rpartition("/")[0] for row in rows} >= {"handbook"}
