"""DingTalk's OpenAPI: the token, the errors and the waiting, once for every call.

Sources: "获取企业内部应用的accessToken" (development/obtain-the-access-token-of-an-internal-app),
"服务端 API 错误码" (development/server-api-error-codes-1).
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

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

_TIMEOUT = httpx.Timeout(8.0, connect=3.0)


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
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._sleep = sleep
        self._token = ""
        self._token_until = 0.0
        self._token_lock = asyncio.Lock()

    async def call(
        self, method: str, path: str, body: dict[str, Any], *, attempts: int = 3
    ) -> dict[str, Any]:
        """One call, repeated while DingTalk is throttling or failing, `attempts` times at most.

        Raises:
            DingTalkError: the last refusal.
        """
        renewals = _RENEWALS
        while True:
            try:
                return await self._send(method, path, body, token=await self._access_token())
            except DingTalkError as error:
                if error.bad_token and renewals:
                    renewals -= 1
                    self._token = ""
                    continue
                attempts -= 1
                if attempts <= 0 or not error.retryable:
                    raise
                pause = _THROTTLED_SECONDS if error.throttled else _BUSY_SECONDS
            await self._sleep(pause * random.uniform(1.0, 1.5))  # noqa: S311 - jitter

    async def _access_token(self) -> str:
        async with self._token_lock:
            if not self._token or self._clock() >= self._token_until:
                answer = await self._send(
                    "POST",
                    "/v1.0/oauth2/accessToken",
                    {"appKey": self._client_id, "appSecret": self._client_secret.reveal()},
                )
                self._token = str(answer.get("accessToken", ""))
                self._token_until = self._clock() + float(answer.get("expireIn", 0)) - _RENEW_BEFORE_SECONDS
            return self._token

    async def _send(self, method: str, path: str, body: dict[str, Any], *, token: str = "") -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        if token:
            headers["x-acs-dingtalk-access-token"] = token
        return await exchange(
            self._http, method, self._api_url + path, body=body, headers=headers, where=f"{method} {path}"
        )


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
        raise DingTalkError(code, f"{where}: {_explain(answer)}", status=response.status_code)
    return answer


def _explain(answer: dict[str, Any]) -> str:
    sentence = str(answer.get("message", ""))[:300]
    denied = answer.get("accessdenieddetail")
    scopes = denied.get("requiredScopes") if isinstance(denied, dict) else None
    if isinstance(scopes, list) and scopes:
        return f"{sentence} The app lacks a permission: request {', '.join(map(str, scopes))} in the console."
    return sentence
