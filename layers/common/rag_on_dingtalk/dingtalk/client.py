"""DingTalk's OpenAPI: the token, the errors and the waiting, once for every call.

Sources: "获取企业内部应用的accessToken" (development/obtain-the-access-token-of-an-internal-app),
"服务端 API 错误码" (development/server-api-error-codes-1).
"""

from __future__ import annotations

import asyncio
import copy
import random
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import msgspec

from rag_on_dingtalk.dingtalk.advice import explained
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.config import Secret

#: DingTalk advises to renew a token some minutes before it ends; asking early renews the same one.
_RENEW_BEFORE_SECONDS = 300.0
#: The documented remedy for the calls-per-second limit is to wait for the next second.
_THROTTLED_SECONDS = 1.0
_BUSY_SECONDS = 0.3

#: A token refused again right after it was fetched was replaced by another instance meanwhile.
_RENEWALS = 2

#: Refusals that DingTalk does not count against the month.
_UNCOUNTED = ("QpsLimit", "QpmLimit")

_TIMEOUT = httpx.Timeout(8.0, connect=3.0)


class Gate(Protocol):
    """Lets calls through, so many as may be spent. An api is method and path, `PUT /v1.0/card/streaming`."""

    async def enter(self, api: str, *, patient: bool) -> None:
        """Wait until the call may be sent.

        patient: otherwise it is refused rather than kept waiting.

        Raises:
            DingTalkError: it may not be sent.
        """
        ...

    def not_counted(self, api: str) -> None:
        """The call that was let through was refused for its rate, and costs nothing."""
        ...


class _OpenGate:
    """Whoever is charged to nobody."""

    async def enter(self, api: str, *, patient: bool) -> None:
        """At once."""

    def not_counted(self, api: str) -> None:
        """Nothing was counted."""


class OpenApi:
    """Calls DingTalk as one app.

    api_url: `https://api.dingtalk.com`.
    sleep: seconds; given in so that tests need not wait.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        api_url: str,
        client_id: str,
        client_secret: Secret,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")
        self._token = _Token(http, self._api_url, client_id, client_secret, clock)
        self._sleep = sleep
        self._gate: Gate = _OpenGate()

    def charged_to(self, gate: Gate) -> OpenApi:
        """The same app with the same token, each of whose calls, retries included, passes the gate."""
        charged = copy.copy(self)
        charged._gate = gate  # noqa: SLF001 - of our own copy
        return charged

    async def call(
        self, method: str, path: str, body: dict[str, Any], *, attempts: int = 3
    ) -> dict[str, Any]:
        """One call, repeated while DingTalk is throttling or failing, `attempts` times at most.

        A call with a single attempt is worth nothing later: the gate refuses it rather than keep it waiting.

        Raises:
            DingTalkError: the last refusal, or the gate's.
        """
        api = f"{method} {path}"

        async def _send(token: str) -> dict[str, Any]:
            return await exchange(
                self._http,
                method,
                self._api_url + path,
                body=body,
                headers={"content-type": "application/json", "x-acs-dingtalk-access-token": token},
                where=api,
            )

        return await self.with_token(api, _send, attempts=attempts)

    async def with_token(
        self, api: str, send: Callable[[str], Awaitable[dict[str, Any]]], *, attempts: int
    ) -> dict[str, Any]:
        """What `send` returns for the app's token, with the gate and the repetitions of `call`.

        api: as the gate knows it, method and path.

        Raises:
            DingTalkError: as for `call`.
        """
        patient = attempts > 1
        renewals = _RENEWALS
        while True:
            try:
                return await self._attempt(api, send, patient=patient)
            except DingTalkError as error:
                if error.bad_token and renewals:
                    renewals -= 1
                    continue
                attempts -= 1
                if attempts <= 0 or not error.retryable:
                    raise
                pause = _THROTTLED_SECONDS if error.throttled else _BUSY_SECONDS
            await self._sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311 - jitter

    async def _attempt(
        self, api: str, send: Callable[[str], Awaitable[dict[str, Any]]], *, patient: bool
    ) -> dict[str, Any]:
        token = await self._token.get()
        await self._gate.enter(api, patient=patient)
        try:
            return await send(token)
        except DingTalkError as error:
            if any(code in error.code for code in _UNCOUNTED):
                self._gate.not_counted(api)
            if error.bad_token:
                self._token.forget(token)
            raise


class _Token:
    """The app's access token, fetched when it is needed; fetching is not counted against the month."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        api_url: str,
        client_id: str,
        client_secret: Secret,
        clock: Callable[[], float],
    ) -> None:
        self._http = http
        self._api_url = api_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._fetching = asyncio.Lock()

    async def get(self) -> str:
        """One that is still good."""
        async with self._fetching:
            if not self._token or self._clock() >= self._until:
                answer = await exchange(
                    self._http,
                    "POST",
                    f"{self._api_url}/v1.0/oauth2/accessToken",
                    body={"appKey": self._client_id, "appSecret": self._client_secret.reveal()},
                    headers={"content-type": "application/json"},
                    where="POST /v1.0/oauth2/accessToken",
                )
                self._token = str(answer.get("accessToken", ""))
                self._until = self._clock() + float(answer.get("expireIn", 0)) - _RENEW_BEFORE_SECONDS
            return self._token

    def forget(self, token: str) -> None:
        """It was refused; one that was fetched since is kept."""
        if self._token == token:
            self._token = ""


async def exchange(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    body: dict[str, Any],
    headers: dict[str, str],
    where: str,
) -> dict[str, Any]:
    """Send JSON, read JSON.

    where: names the call in errors; the URL itself may hold a session.

    Raises:
        DingTalkError: no answer, an answer that is not an object, or a status that is not 2xx.
    """
    try:
        response = await http.request(
            method, url, content=msgspec.json.encode(body), headers=headers, timeout=_TIMEOUT
        )
    except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through
        raise DingTalkError("unreachable", f"{where} got no answer ({type(error).__name__})") from error
    try:
        answer = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    if not isinstance(answer, dict):
        # The per-IP limit answers with an HTML page.
        raise DingTalkError("unreadable", f"{where} was not answered in JSON", status=response.status_code)
    if not response.is_success:
        code = str(answer.get("code") or response.status_code)
        raise DingTalkError(code, f"{where}: {_explain(code, answer, where)}", status=response.status_code)
    return answer


def _explain(code: str, answer: dict[str, Any], api: str) -> str:
    denied = answer.get("accessdenieddetail")
    scopes = denied.get("requiredScopes") if isinstance(denied, dict) else None
    missing = [str(scope) for scope in scopes] if isinstance(scopes, list) else []
    return explained(code, str(answer.get("message", "")), api, scopes=missing)
