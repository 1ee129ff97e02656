"""The console in the test's own process: tables in memory, DingTalk's side emulated, a browser of httpx."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx

from emulators.dingtalk import DingTalkSide, Person, RobotApp
from emulators.dingtalk.side import InProcess
from emulators.faults import FaultBoard
from rag_on_dingtalk.console.app import console_app
from rag_on_dingtalk.console.metrics import MetricsApp
from rag_on_dingtalk.console.services import Services
from rag_on_dingtalk.console.signing.session import Session, to_cookie
from rag_on_dingtalk.console.signing.signer import Signer
from rag_on_dingtalk.delivery.quota.quotas import quotas_of
from rag_on_dingtalk.dingtalk.directory.logins import Logins
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.settings.bot import Bots
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.console import ConsoleSettings
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import NOW_MS, a_bot
from tests.in_process import MemoryRows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rag_on_dingtalk.console.routes import Route
    from rag_on_dingtalk.models.jobs import Job
    from rag_on_dingtalk.settings.bot import Bot

CORP = "dingexamplecorp0001"
URL = "https://console.example"
DINGTALK = "http://dingtalk.example"
APP = DingTalkApp(client_id="ding1", client_secret="env:SECRET", corp_id=CORP)
OWNER, CURATOR, OPERATOR, AUDITOR, ASKER = "owner1", "curator1", "operator1", "auditor1", "asker1"
ROLES = RoleHolders(owner=(OWNER,), curator=(CURATOR,), operator=(OPERATOR,), auditor=(AUDITOR,))
PEOPLE = {
    user: Person(nick=f"{user}先生", staff_id=user) for user in (OWNER, CURATOR, OPERATOR, AUDITOR, ASKER)
}

_numbers = count(1)


class World:
    """A console with its surroundings; `now_ms` moves only when a test moves it."""

    def __init__(
        self, bot: Bot | None = None, *, url: str = URL, routes: Sequence[Route] | None = None
    ) -> None:
        self.now_ms = NOW_MS
        self.rows = MemoryRows()
        #: Jobs for async_answer; `queue_takes`: whether that works.
        self.queued: list[Job] = []
        self.queue_takes = True
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.bots = Bots(
            bots={
                "handbook": bot or a_bot(dingtalk=APP, roles=ROLES),
                "other": a_bot(dingtalk=bot.dingtalk if bot else APP),
            },
            console=ConsoleSettings(url=url),
        )
        self.robot = RobotApp(
            name="handbook", client_id="ding1", client_secret="s", redirect_urls=(f"{url}/sign-in/return",)
        )
        self.dingtalk = DingTalkSide(
            robots=[self.robot],
            faults=FaultBoard(),
            clock=lambda: self.now_ms / 1000,
            in_process=InProcess(DINGTALK, httpx.ASGITransport(_nowhere)),
        )
        for person in PEOPLE.values():
            self.dingtalk.add_person(person)
        transport: Any = httpx.ASGITransport(self.dingtalk.app)
        self._http = httpx.AsyncClient(transport=transport, cookies=_no_cookies())
        api = OpenApi(
            http=self._http,
            api_url=DINGTALK,
            client_id="ding1",
            client_secret=Secret("s"),
            clock=time.monotonic,
        )
        rows: Any = self.rows
        quotas = quotas_of(
            self.bots.bots, rows, me="console", clock=lambda: self.now_ms, log=lambda *_, **__: None
        )

        @asynccontextmanager
        async def charged(name: str) -> AsyncIterator[OpenApi]:
            reservation = quotas[self.bots.bots[name].dingtalk.client_id].reservation()
            try:
                yield api.charged_to(reservation)
            finally:
                await reservation.aclose()

        self.services = Services(
            self.bots,
            rows,
            signer=Signer("k" * 40),
            logins=Logins(
                api=api,
                http=self._http,
                client_id="ding1",
                client_secret=Secret("s"),
                corp_id=CORP,
                login_url=DINGTALK,
                api_url=DINGTALK,
                oapi_url=DINGTALK,
            ),
            http=self._http,
            api_of=lambda _: api,
            charged=charged,
            oapi_url=DINGTALK,
            jsapi_url=f"{DINGTALK}/dingtalk.open.js",
            queue=self._queue,
            clock=lambda: self.now_ms,
            log=lambda message, **fields: self.log.append((message, fields)),
        )
        metrics = MetricsApp(
            self.bots.bots, rows, token="", clock=lambda: self.now_ms, log=lambda *_, **__: None
        )
        self.app = console_app(self.services, metrics, **({} if routes is None else {"routes": routes}))
        self.url = url or "http://127.0.0.1"

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[Browser]:
        """A browser without cookies."""
        transport: Any = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=self.url, headers=headers) as http:
            yield Browser(self, http)

    @asynccontextmanager
    async def signed_in(self, user: str) -> AsyncIterator[Browser]:
        """A browser in which that person is signed in already."""
        session = Session(f"{user}-{next(_numbers)}", user, "", self.now_ms, self.now_ms, self.now_ms)
        await self.services.sessions.begin(user, session.id, now_ms=self.now_ms)
        async with self.browser() as browser:
            cookie = to_cookie(session, self.services.signer)
            browser.http.cookies.set("__Host-rag-session", cookie, domain="console.example")
            yield browser

    async def _queue(self, job: Job) -> None:
        if not self.queue_takes:
            raise QueueError("Function Compute answered 500 to InvokeFunction.")
        self.queued.append(job)

    async def close(self) -> None:
        """Close what was opened."""
        await self._http.aclose()


class Browser:
    """Follows no redirect by itself, and keeps cookies as a browser does."""

    def __init__(self, world: World, http: httpx.AsyncClient) -> None:
        self.world = world
        self.http = http

    async def get(self, path: str) -> httpx.Response:
        """A page."""
        return await self.http.get(path)

    async def post(self, path: str, *, origin: str | None = None, **form: str) -> httpx.Response:
        """A form as our own page sends it, unless told otherwise."""
        headers = {"origin": self.world.url if origin is None else origin}
        return await self.http.post(path, data=form, headers={k: v for k, v in headers.items() if v})

    async def token(self, page: str = "/nothing") -> str:
        """What each form of this session carries."""
        found = re.search(r'name="form" value="([^"]+)"', (await self.get(page)).text)
        assert found is not None
        return found[1]

    async def to_dingtalk(self, page: str = "/") -> str:
        """Leave for DingTalk; its address."""
        left = await self.get(f"/sign-in/dingtalk?page={page}")
        assert left.status_code == 303
        return left.headers["location"]

    async def choose(self, address: str, nick: str) -> str:
        """Choose a person at DingTalk; where it sends the browser back to."""
        transport: Any = httpx.ASGITransport(self.world.dingtalk.app)
        async with httpx.AsyncClient(transport=transport) as elsewhere:
            shown = await elsewhere.get(address)
            link = re.search(rf'href="([^"]+)">{re.escape(nick)}<', shown.text)
            assert link is not None, shown.text
            sent = await elsewhere.get(DINGTALK + link[1].replace("&amp;", "&"))
        return sent.headers["location"]

    async def sign_in(self, user: str, page: str = "/") -> httpx.Response:
        """The whole way; returns the answer to the return from DingTalk."""
        address = await self.to_dingtalk(page)
        return await self.get(await self.choose(address, PEOPLE[user].nick))


def _no_cookies() -> CookieJar:
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("DingTalk pushes nothing to the console")
