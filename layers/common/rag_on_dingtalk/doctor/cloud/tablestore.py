"""Asking Tablestore: a row is looked up in every table, and one of our own comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.sdk import tablestore
from rag_on_dingtalk.storage.tables import COUNTERS, TABLES

if TYPE_CHECKING:
    from rag_on_dingtalk.cloud.acs3 import Credentials
    from rag_on_dingtalk.storage.tables import Table

_OURS = "doctor"


class RowTrials:
    """What came of it.

    reads: table → how Tablestore refused; None: it did not. write: likewise, of writing and deleting.
    """

    def __init__(self) -> None:
        self.reads: dict[str, StateError | None] = {}
        self.write: StateError | None = None


async def try_rows(
    *, endpoint: str, instance: str, region: str, credentials: Credentials, run: str
) -> RowTrials:
    """Try reading everywhere, then writing in `counters`; stops at the first thing that speaks for all.

    run: names our row, so that two doctors do not meet.
    """
    key = credentials.access_key_id, credentials.access_key_secret, credentials.security_token
    trials = RowTrials()
    try:
        rows = Rows(endpoint=endpoint, instance=instance, region=region, credentials=lambda: key)
    except tablestore.OTSClientError as error:
        trials.reads[TABLES[0].name] = StateError("unreachable", f"{error}")
        return trials
    try:
        for table in TABLES:
            trials.reads[table.name] = refusal = await _read(rows, table)
            if refusal is not None and refusal.code in ("unreachable", "OTSAuthFailed"):
                return trials
        if not any(trials.reads.values()):
            trials.write = await _write(rows, run)
    finally:
        await rows.close()
    return trials


async def _read(rows: Rows, table: Table) -> StateError | None:
    try:
        await rows.get(table, tuple(0 if kind == "INTEGER" else _OURS for _, kind in table.key))
    except StateError as error:
        return error
    return None


async def _write(rows: Rows, run: str) -> StateError | None:
    key = (_OURS, run)
    try:
        await rows.put(COUNTERS, key, {"spent": 0})
        await rows.delete(COUNTERS, key)
    except StateError as error:
        return error
    return None
