"""Names of people, by staff id.

Source: "查询用户详情" (development/query-user-details), scope `qyapi_get_member`. DingTalk does not count it
against the month; this bot counts it all the same, so that its own budget bounds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import clean, text_of
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.dingtalk.openapi.client import exchange
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from rag_on_dingtalk.dingtalk.openapi.call_gate import Gate
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.observability.log_lines import LogLine

USER_GET = "POST /topapi/v2/user/get"

#: Names change rarely, and an instance seldom lives longer.
_KEPT_MS = 3_600_000
#: What DingTalk refuses is asked again when an administrator may have changed the settings.
_REFUSED_MS = 600_000
_MOST_NAMES = 1_000
_LONGEST_NAME = 64
#: About one person: outside the contact scope, no such id, not found.
_OF_THIS_PERSON = frozenset(("50002", "33012", "60121"))
#: About the app: it lacks the permission.
_OF_THE_APP = "60011"


class _Known(msgspec.Struct, frozen=True):
    """What was found out about a person; an empty name: DingTalk does not tell it."""

    name: str
    until_ms: int


class Directory:
    """Looks people up as one app, and keeps what it found for an hour.

    oapi_url: `https://oapi.dingtalk.com`.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        api: OpenApi,
        http: httpx.AsyncClient,
        oapi_url: str,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._api = api
        self._http = http
        self._url = f"{oapi_url.rstrip('/')}{USER_GET.partition(' ')[2]}"
        self._clock = clock
        self._log = log
        self._known: dict[str, _Known] = {}
        self._refused_until_ms = 0
        self._told: set[str] = set()

    async def name_of(self, staff_id: str, gate: Gate) -> str:
        """The person's name; empty when it cannot be had. Never raises; the reason is logged once.

        One call at most, charged to `gate`, and no repetition: a name is worth no waiting.
        """
        now_ms = self._clock()
        known = self._known.get(staff_id)
        if known is not None and now_ms < known.until_ms:
            return known.name
        if now_ms < self._refused_until_ms:
            return ""
        try:
            name = await self._ask(staff_id, gate)
        except DingTalkError as error:
            self._refused(staff_id, error)
            return ""
        self._keep(staff_id, _Known(name, self._clock() + _KEPT_MS))
        return name

    async def _ask(self, staff_id: str, gate: Gate) -> str:
        async def _send(token: str) -> dict[str, Any]:
            return await exchange(
                self._http,
                "POST",
                f"{self._url}?access_token={quote(token, safe='')}",
                body={"userid": staff_id, "language": "zh_CN"},
                headers={"content-type": "application/json"},
                where=USER_GET,
            )

        answer = await self._api.charged_to(gate).with_token(
            USER_GET, _send, priority=Priority.EXTRA, attempts=1
        )
        result = answer.get("result")
        name = clean(text_of(result, "name")) if isinstance(result, dict) else ""
        return " ".join(name.split())[:_LONGEST_NAME]

    def _refused(self, staff_id: str, error: DingTalkError) -> None:
        until_ms = self._clock() + _REFUSED_MS
        if error.code in _OF_THIS_PERSON:
            self._keep(staff_id, _Known("", until_ms))
        elif error.code == _OF_THE_APP:
            self._refused_until_ms = until_ms
        if error.code not in self._told:
            self._told.add(error.code)
            self._log("name_not_looked_up", level="WARNING", code=error.code, error=str(error))

    def _keep(self, staff_id: str, known: _Known) -> None:
        self._known.pop(staff_id, None)
        self._known[staff_id] = known
        while len(self._known) > _MOST_NAMES:
            self._known.pop(next(iter(self._known)))
