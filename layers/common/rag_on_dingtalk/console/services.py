"""What the pages work with, built once for the process."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rag_on_dingtalk.console.reading.departments import read_departments
from rag_on_dingtalk.dingtalk.directory.people import People
from rag_on_dingtalk.knowledge.curated.curating import Curating
from rag_on_dingtalk.storage.access.directory import StoredDirectory
from rag_on_dingtalk.storage.access.grants import Grants
from rag_on_dingtalk.storage.console_sessions import ConsoleSessions
from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.storage.journal.auditor import Auditor
from rag_on_dingtalk.storage.journal.incidents import Incidents
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.storage.shared.once import Once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    import httpx

    from rag_on_dingtalk.console.signing.signer import Signer
    from rag_on_dingtalk.dingtalk.directory.logins import Logins
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot, Bots
    from rag_on_dingtalk.storage.rows.client import Rows


#: Names of departments are kept for as long.
_DEPARTMENTS_MS = 600_000


class Services:
    """Everything behind the pages.

    api_of: DingTalk as the app of a bot, for calls that no month counts. oapi_url: DingTalk's older API.
    charged: the same for messages, which the app's month counts; left when they are sent.
    jsapi_url: the script that DingTalk's client offers to its pages.
    queue: takes a job for async_answer, or raises QueueError; None: its name is not known.
    clock: milliseconds since the epoch.
    """

    def __init__(  # noqa: PLR0913 - everything behind the pages
        self,
        settings: Bots,
        rows: Rows,
        *,
        signer: Signer,
        logins: Logins,
        http: httpx.AsyncClient,
        api_of: Callable[[str], OpenApi],
        charged: Callable[[str], AbstractAsyncContextManager[OpenApi]],
        oapi_url: str,
        jsapi_url: str,
        queue: Callable[[Job], Awaitable[None]] | None,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self.settings = settings
        self.rows = rows
        self.signer = signer
        self.logins = logins
        self.jsapi_url = jsapi_url
        self.queue = queue
        self.clock = clock
        self.log = log
        self.questions = Questions(rows)
        self.incidents = Incidents(rows)
        self.audit = Audit(rows)
        self.once = Once(rows)
        self.auditor = Auditor(rows, self.audit, self.once, new_id=lambda: uuid.uuid4().hex, log=log)
        self.sessions = ConsoleSessions(rows)
        self.directory = StoredDirectory(rows)
        self.grants = Grants(rows)
        self.curated = CuratedRows(rows)
        self.evaluation_work = EvaluationWorkRows(rows)
        self.curating = Curating(self.curated, self.auditor.record)
        self.charged = charged
        self._http = http
        self._api_of = api_of
        self._oapi_url = oapi_url
        self._people: dict[str, People] = {}
        self._departments: dict[str, tuple[int, tuple[tuple[int, str], ...]]] = {}

    @property
    def bots(self) -> Mapping[str, Bot]:
        """By name."""
        return self.settings.bots

    @property
    def url(self) -> str:
        """Our address; empty: this machine only."""
        return "" if self.settings.console is None else self.settings.console.url

    async def departments(self, name: str) -> tuple[tuple[int, str], ...]:
        """The organisation's departments with their whole names, kept for ten minutes; 300 at most.

        Raises:
            DingTalkError: DingTalk refused, or could not be asked.
        """
        now_ms = self.clock()
        known = self._departments.get(name)
        if known is None or now_ms - known[0] > _DEPARTMENTS_MS:
            known = self._departments[name] = now_ms, await read_departments(self.people(name))
        return known[1]

    def people(self, name: str) -> People:
        """The directory as the app of that bot."""
        known = self._people.get(name)
        if known is None:
            known = self._people[name] = People(
                api=self._api_of(name), http=self._http, oapi_url=self._oapi_url
            )
        return known
