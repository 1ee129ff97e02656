"""The console's real collaborators, built from the environment in one place."""

from __future__ import annotations

import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.clock import now_ms
from rag_on_dingtalk.cloud.job_queue import job_queue_of
from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.console.app import console_app
from rag_on_dingtalk.console.metrics import MetricsApp
from rag_on_dingtalk.console.services import Services
from rag_on_dingtalk.console.signing.signer import Signer
from rag_on_dingtalk.delivery.quota.quotas import quotas_of
from rag_on_dingtalk.dingtalk.directory.logins import Logins
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.net.cookies import no_cookies
from rag_on_dingtalk.settings.checks.console import signing_bot
from rag_on_dingtalk.storage.rows.client import Rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.applications import Starlette

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bots

#: What DingTalk's client offers to the pages in it; loaded on the page that signs in there, and nowhere else.
_JSAPI = "https://g.alicdn.com/dingding/dingtalk-jsapi/3.0.25/dingtalk.open.js"


@asynccontextmanager
async def open_console(bots: Bots, environ: Mapping[str, str], log: LogLine) -> AsyncIterator[Starlette]:
    """The application for the running event loop.

    Raises:
        ConfigurationError: bots.yaml has no console, or a secret cannot be had.
    """
    if bots.console is None:
        raise ConfigurationError("bots.yaml has no `console:`. Write it, or take the function console away.")
    rows = Rows(
        endpoint=environ["TABLESTORE_ENDPOINT"],
        instance=environ["TABLESTORE_INSTANCE"],
        region=environ.get("FC_REGION", ""),
        credentials=lambda: (
            environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ),
    )
    try:
        # No cookie of one person's sign-in goes with another's.
        async with httpx.AsyncClient(cookies=no_cookies()) as http:
            yield _built(bots, environ, rows, http, log)
    finally:
        await rows.close()


def _built(
    bots: Bots, environ: Mapping[str, str], rows: Rows, http: httpx.AsyncClient, log: LogLine
) -> Starlette:
    assert bots.console is not None  # noqa: S101 - the caller has seen to it
    api_url = environ.get("DINGTALK_API_URL") or "https://api.dingtalk.com"
    oapi_url = environ.get("DINGTALK_OAPI_URL") or "https://oapi.dingtalk.com"
    apis: dict[str, OpenApi] = {}

    def api_of(name: str) -> OpenApi:
        app = bots.bots[name].dingtalk
        if app.client_id not in apis:
            secret = resolve_secret(app.client_secret, environ)
            apis[app.client_id] = OpenApi(
                http=http,
                api_url=api_url,
                client_id=app.client_id,
                client_secret=secret,
                clock=time.monotonic,
            )
        return apis[app.client_id]

    quotas = quotas_of(bots.bots, rows, me=uuid.uuid4().hex, clock=now_ms, log=log)

    @asynccontextmanager
    async def charged(name: str) -> AsyncIterator[OpenApi]:
        reservation = quotas[bots.bots[name].dingtalk.client_id].reservation()
        try:
            yield api_of(name).charged_to(reservation)
        finally:
            await reservation.aclose()

    signing = signing_bot(bots)
    app = bots.bots[signing].dingtalk
    logins = Logins(
        api=api_of(signing),
        http=http,
        client_id=app.client_id,
        client_secret=resolve_secret(app.client_secret, environ),
        corp_id=app.corp_id,
        login_url=environ.get("DINGTALK_LOGIN_URL") or "https://login.dingtalk.com",
        api_url=api_url,
        oapi_url=oapi_url,
    )
    queue = job_queue_of(bots.bots, environ)
    services = Services(
        bots,
        rows,
        signer=Signer(resolve_secret(bots.console.session_key, environ).reveal()),
        logins=logins,
        http=http,
        api_of=api_of,
        charged=charged,
        oapi_url=oapi_url,
        jsapi_url=environ.get("DINGTALK_JSAPI_URL") or _JSAPI,
        queue=None if queue is None else queue.put,
        clock=now_ms,
        log=log,
    )
    metrics = MetricsApp(bots.bots, rows, token=environ.get("METRICS_TOKEN", ""), clock=now_ms, log=log)
    return console_app(services, metrics)
