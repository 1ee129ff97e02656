"""`/metrics` and `/healthz`: an ASGI application over Tablestore, which any instance answers alike.

The console function mounts it; the local system serves it beside its page.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.days import day_of
from rag_on_dingtalk.observability.exposition import CONTENT_TYPE, Reading, added, exposition
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.shared.counters import CallCounter, month_of
from rag_on_dingtalk.storage.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.rows.client import Rows

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PLAIN = "text/plain; charset=utf-8"
_SHORTEST_TOKEN = 16


async def readings(bots: Mapping[str, Bot], rows: Rows, now_ms: int) -> list[Reading]:
    """What is told of every bot at this moment.

    Raises:
        StateError: Tablestore could not be asked.
    """
    questions, today = Questions(rows), day_of(now_ms)
    found = []
    for name, bot in bots.items():
        hours = [counts async for _, counts in questions.hours(name, today, today)]
        open_: dict[str, int] = {}
        async for (_, kind), row in rows.span(INCIDENTS, (name,), (f"{name}\0",)):
            open_[str(kind)] = int(row.get("state") == "open")
        left = None
        if bot.dingtalk.budget.monthly_calls is not None:
            counter = CallCounter(rows, bot.dingtalk.client_id, me="metrics", clock=lambda: now_ms)
            spent = (await counter.read(month_of(now_ms))).spent
            left = max(bot.dingtalk.budget.monthly_calls - spent, 0)
        found.append(Reading(bot=name, counts=added(hours), incidents=open_, calls_left=left))
    return found


class MetricsApp:
    """GET `/metrics` with the bearer token, GET `/healthz` without.

    token: of 16 characters or more; empty: `/metrics` is not there.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self, bots: Mapping[str, Bot], rows: Rows, *, token: str, clock: Callable[[], int], log: LogLine
    ) -> None:
        self._bots = bots
        self._rows = rows
        self._token = token if len(token) >= _SHORTEST_TOKEN else ""
        self._clock = clock
        self._log = log
        if token and not self._token:
            log("metrics_token_too_short", level="ERROR", least=_SHORTEST_TOKEN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        del receive
        if scope["type"] != "http":
            return
        path, headers = scope["path"], {}
        if scope["method"] not in ("GET", "HEAD"):
            status, body, kind = 405, "Only GET.\n", _PLAIN
        elif path.endswith("/healthz"):
            status, body, kind = await self._health()
        elif not path.endswith("/metrics") or not self._token:
            status, body, kind = 404, "There is /metrics, where a token is set, and /healthz.\n", _PLAIN
        elif not self._allowed(scope):
            status, body, kind = 401, "Send Authorization: Bearer and the token.\n", _PLAIN
            headers = {b"www-authenticate": b"Bearer"}
        else:
            status, body, kind = await self._metrics()
        start = [(b"content-type", kind.encode()), (b"cache-control", b"no-store"), *headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body.encode()}
        )

    def _allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        wanted = f"Bearer {self._token}".encode()
        return len(given) == 1 and hmac.compare_digest(given[0], wanted)

    async def _metrics(self) -> tuple[int, str, str]:
        try:
            return 200, exposition(await readings(self._bots, self._rows, self._clock())), CONTENT_TYPE
        except StateError as error:
            self._log("metrics_not_read", level="WARNING", error=str(error))
            return 503, "Tablestore could not be read.\n", _PLAIN

    async def _health(self) -> tuple[int, str, str]:
        try:
            async for _ in Questions(self._rows).hours("-", day_of(self._clock()), day_of(self._clock())):
                break
        except StateError as error:
            self._log("not_healthy", level="WARNING", error=str(error))
            return 503, "Tablestore cannot be reached, or a table is missing.\n", _PLAIN
        return 200, "ok\n", _PLAIN
