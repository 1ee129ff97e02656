"""The tables in the instance: made by the SDK, judged by `doctor`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.cloud import tables as judgement
from rag_on_dingtalk.doctor.cloud.tablestore import try_rows
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.setup.cloud import instance
from rag_on_dingtalk.setup.cloud.step import Look
from rag_on_dingtalk.storage.schema import compare_tables, create_tables
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag_on_dingtalk.cloud.acs3 import Credentials
    from rag_on_dingtalk.doctor.line import Line

SUBJECT = "tables"

#: What an instance says that exists and is not known at its own address yet.
_NOT_YET = ("unreachable", "OTSAuthFailed", "OTSTableNotReady")
_TRIES = 15
_PAUSE_SECONDS = 2.0


class Tables:
    """All tables of `storage/tables.py`.

    region: chooses the signature of rows, as in the functions. sleep: seconds → waits.
    """

    subject = SUBJECT
    needs = instance.SUBJECT

    def __init__(
        self,
        *,
        endpoint: str,
        name: str,
        region: str,
        credentials: Credentials,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._endpoint = endpoint
        self._name = name
        self._region = region
        self._credentials = credentials
        self._key = (
            credentials.access_key_id,
            credentials.access_key_secret,
            credentials.security_token,
        )
        self._sleep = sleep

    async def look(self) -> Look:
        """Every table's key and life."""
        found = await asyncio.to_thread(
            compare_tables, TABLES, endpoint=self._endpoint, instance=self._name, credentials=self._key
        )
        missing = [name for name, difference in found.items() if difference == "missing"]
        if missing:
            return Look("missing", ", ".join(missing))
        differences = [f"{name} {difference}" for name, difference in found.items() if difference]
        if differences:
            return Look("differs", "; ".join(differences))
        return Look("there", ", ".join(found))

    async def make(self) -> None:
        """Make those that are missing; a new instance gets some seconds to be known at its address."""
        for left in range(_TRIES - 1, -1, -1):
            try:
                await asyncio.to_thread(
                    create_tables, TABLES, endpoint=self._endpoint, instance=self._name, credentials=self._key
                )
            except StateError as error:
                if error.code not in _NOT_YET or not left:
                    raise
                await self._sleep(_PAUSE_SECONDS)
            else:
                return

    async def lines(self, run: str) -> Sequence[Line]:
        """What `doctor` says about them: whether rows can be read and written.

        run: names the row that comes and goes.
        """
        trials = await try_rows(
            endpoint=self._endpoint,
            instance=self._name,
            region=self._region,
            credentials=self._credentials,
            run=run,
        )
        return [
            judgement.judge_tables(trials.reads),
            judgement.judge_permissions(trials.reads, trials.write),
        ]

    def commands(self) -> Sequence[str]:
        """Our own command; the access key is in the environment."""
        where = f"TABLESTORE_ENDPOINT={self._endpoint} TABLESTORE_INSTANCE={self._name}"
        return [f"{where} .venv/bin/python -m rag_on_dingtalk tables --create"]
