"""DingTalk's OpenAPI: the token, the errors and the waiting, once for every call.

Sources: "获取企业内部应用的accessToken" (development/obtain-the-access-token-of-an-internal-app),
"服务端 API 错误码" (development/server-api-error-codes-1).
"""

from __future__ import annotations

import asyncio
import copy
import random
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from rag_on_dingtalk.dingtalk.openapi.call_gate import OpenGate, Priority
from rag_on_dingtalk.dingtalk.openapi.refusals import refusal_in
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.net.connecting import never_left
from rag_on_dingtalk.resilience.retry import retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.dingtalk.openapi.call_gate import Gate
    from rag_on_dingtalk.settings.secret import Secret

#: DingTalk advises to renew a token some minutes before it ends; asking early renews the same one.
_RENEW_BEFORE_SECONDS = 300.0
#: The documented remedy for the calls-per-second limit is to wait for the next second.
_THROTTLED_SECONDS = 1.0
_BUSY_SECONDS = 0.3

#: A token refused again right after it was fetched was replaced by another instance meanwhile.
_RENEWALS = 2

_SIGN_IN = "POST /v1.0/oauth2/accessToken"
_TIMEOUT = httpx.Timeout(8.0, connect=3.0).as_dict()
#: The answers are short; a transport would offer what only its own library can decompress.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "rag-on-dingtalk"}


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
        self._gate: Gate = OpenGate()

    def charged_to(self, gate: Gate) -> OpenApi:
        """The same app with the same token, each of whose calls, retries included, passes the gate."""
        charged = copy.copy(self)
        charged._gate = gate  # noqa: SLF001 - of our own copy
        return charged

    async def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | Callable[[], dict[str, Any]],
        *,
        priority: Priority = Priority.MUST,
        attempts: int = 3,
    ) -> dict[str, Any]:
        """One call, repeated while DingTalk is throttling or failing, `attempts` times at most.

        body: a function is called for each attempt when it leaves, after any waiting.

        Raises:
            DingTalkError: the last refusal, or the gate's.
        """
        api = f"{method} {path}"

        async def _send(token: str) -> dict[str, Any]:
            return await exchange(
                self._http,
                method,
                self._api_url + path,
                body=body() if callable(body) else body,
                headers={"content-type": "application/json", "x-acs-dingtalk-access-token": token},
                where=api,
            )

        return await self.with_token(api, _send, priority=priority, attempts=attempts)

    async def with_token(
        self,
        api: str,
        send: Callable[[str], Awaitable[dict[str, Any]]],
        *,
        priority: Priority,
        attempts: int,
    ) -> dict[str, Any]:
        """What `send` returns for the app's token, with the gate and the repetitions of `call`.

        api: as the gate knows it, method and path.

        Raises:
            DingTalkError: as for `call`.
        """
        return await retry(
            partial(self._attempt, api, send, priority),
            on=DingTalkError,
            pause=_Repetitions(attempts).pause,
            sleep=self._sleep,
        )

    async def _attempt(
        self, api: str, send: Callable[[str], Awaitable[dict[str, Any]]], priority: Priority
    ) -> dict[str, Any]:
        try:
            token = await self._token.get()
        except DingTalkError as error:
            error.never_left = True
            raise
        try:
            async with self._gate.reserve(api, priority):
                return await send(token)
        except DingTalkError as error:
            if error.bad_token:
                self._token.forget(token)
            raise


class _Repetitions:
    """Which refusals of one call are followed by another attempt, and when.

    attempts: at most, not counting those whose token was refused.
    """

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._renewals = _RENEWALS
        self._doubt = False

    def pause(self, error: DingTalkError, _failed: int) -> float | None:
        """Seconds before the next attempt, None for none.

        Notes in the error whether an earlier attempt may have been carried out.
        """
        self._doubt = error.after_doubt = self._doubt or error.may_have_happened
        if error.bad_token and self._renewals:
            self._renewals -= 1
            return 0.0
        self._attempts -= 1
        if self._attempts <= 0 or not error.retryable:
            return None
        seconds = _THROTTLED_SECONDS if error.throttled else _BUSY_SECONDS
        return seconds * random.uniform(1.0, 1.5)  # noqa: S311 - jitter


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
                    where=_SIGN_IN,
                )
                token, life = answer.get("accessToken"), answer.get("expireIn", 0)
                if not isinstance(token, str) or not token or not isinstance(life, (int, float)):
                    raise DingTalkError("unreadable", f"{_SIGN_IN} was answered without a token", status=200)
                self._token = token
                self._until = self._clock() + life - _RENEW_BEFORE_SECONDS
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
    body: dict[str, Any] | None,
    headers: dict[str, str],
    where: str,
) -> dict[str, Any]:
    """Send JSON, read JSON.

    body: None: nothing is sent, as with GET.
    where: names the call in errors; the URL itself may hold a session.

    Raises:
        DingTalkError: no answer, an answer that is not an object, a status that is not 2xx, or a failure
            under HTTP 200.
    """
    try:
        # Without what `http.request` merges into each call: a frame a second for every answer is many calls.
        request = httpx.Request(
            method,
            url,
            content=None if body is None else msgspec.json.encode(body),
            headers=_HEADERS | headers,
            extensions={"timeout": _TIMEOUT},
        )
        response = await http.send(request)
    except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through
        raise unanswered(where, error) from error
    try:
        answer = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    if not isinstance(answer, dict):
        # The per-IP limit answers with an HTML page.
        raise DingTalkError("unreadable", f"{where} was not answered in JSON", status=response.status_code)
    refusal = refusal_in(answer, status=response.status_code, where=where)
    if refusal is not None:
        raise refusal
    return answer


def unanswered(where: str, error: Exception) -> DingTalkError:
    """The error of a call that got no answer.

    where: names the call. error: the HTTP client's.
    """
    unreachable = DingTalkError("unreachable", f"{where} got no answer ({type(error).__name__})")
    unreachable.never_left = never_left(error)
    return unreachable
