"""The way every call takes: faults, token, scope, rate, quota, then what the call does; all recorded."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from local.dingtalk import faults as fault
from local.dingtalk.openapi.cards import CardCalls
from local.dingtalk.openapi.contacts import contact_endpoints
from local.dingtalk.openapi.endpoint import INVALID, GuardedEndpoint, JsonObject, OpenEndpoint, OpenRequest
from local.dingtalk.openapi.errors import (
    ApiError,
    CallError,
    invalid_authentication,
    ip_refused,
    permission_denied,
    qps_limit,
    quota_exceeded,
    refused,
    system_busy,
)
from local.dingtalk.openapi.messages import MessageCalls
from local.dingtalk.openapi.session import session_endpoints
from local.dingtalk.openapi.tokens import Tokens, token_endpoints
from local.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from local.dingtalk.ledger import Call
    from local.dingtalk.openapi.limits import MonthlyQuota, RateWindow
    from local.dingtalk.organisation import RobotApp
    from local.dingtalk.tenant import Tenant
    from local.faults import FaultBoard

TOKEN_HEADER = "x-acs-dingtalk-access-token"

_LONGEST_SUMMARY = 200
_SECRETS = {"appSecret", "apiSecret"}


class OpenApi:
    """An ASGI application for both hosts; their paths do not overlap.

    sleep: how `dingtalk.slow` waits.
    """

    def __init__(
        self,
        tenant: Tenant,
        faults: FaultBoard,
        *,
        rate: RateWindow,
        quota: MonthlyQuota,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._tenant = tenant
        self._faults = faults
        self._rate = rate
        self._quota = quota
        self._sleep = sleep
        self._tokens = Tokens(tenant.clock, tenant.new_id)
        self._endpoints: dict[str, GuardedEndpoint | OpenEndpoint] = {
            **token_endpoints(tenant, self._tokens, rate),
            **CardCalls(tenant, faults).endpoints(),
            **MessageCalls(tenant, faults).endpoints(),
            **session_endpoints(tenant, faults),
            **contact_endpoints(tenant, self._tokens, faults),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            return
        call = self._arrived(request, raw)
        dropped = self._faults.take(fault.AWAY)
        await self._sleep(self._delay())
        if dropped is not None and dropped != fault.AFTERWARDS:
            self._tenant.call_answered(call, None)
            await _drop(receive)
            return
        status, code, body = self._answer(request, raw, call)
        self._tenant.call_answered(call, None if dropped else status, code)
        if dropped:
            await _drop(receive)
        else:
            await JSONResponse(body, status)(scope, receive, send)

    def _arrived(self, request: Request, raw: bytes) -> Call:
        body = _json_object(raw) or {}
        session = self._tenant.webhooks.find(request.query_params.get("session", ""), self._tenant.now_ms)
        conversation_id = body.get("openConversationId")
        call = self._tenant.ledger.begin(
            f"{request.method} {request.url.path}",
            out_track_id=str(body.get("outTrackId") or ""),
            conversation_id=session.conversation.id if session else str(conversation_id or ""),
            summary=_summary(body),
        )
        if session is not None:
            call.app = session.robot.name
        return call

    def _delay(self) -> float:
        """Seconds to wait. Even none lets calls that arrived together be seen side by side."""
        value = self._faults.take(fault.SLOW)
        return 0.0 if value is None else float(value or fault.SLOW_BY_DEFAULT)

    def _answer(self, request: Request, raw: bytes, call: Call) -> tuple[int, str, JsonObject]:
        """Status, code for the ledger and body."""
        endpoint = self._endpoints.get(call.api)
        try:
            if endpoint is None:
                raise ApiError(404, "InvalidAction.NotFound", f"There is no API {call.api}. Check the path.")
            if isinstance(endpoint, OpenEndpoint):
                if self._faults.strikes(fault.ERROR_500):
                    raise endpoint.busy()
                content_type = request.headers.get("content-type", "")
                body = endpoint.handle(OpenRequest(raw, request.query_params, content_type))
            else:
                body = self._guarded(endpoint, request.headers, raw, call)
        except CallError as failure:
            return failure.status, failure.code, failure.body(self._tenant.new_id())
        return 200, "", body

    def _guarded(
        self, endpoint: GuardedEndpoint, headers: Mapping[str, str], raw: bytes, call: Call
    ) -> JsonObject:
        robot = self._authenticate(headers.get(TOKEN_HEADER, ""), call)
        self._admit(robot, endpoint.scope, call)
        for name, failure in endpoint.faults.items():
            if self._faults.strikes(name):
                raise failure
        body = _json_object(raw)
        if body is None:
            raise refused(INVALID, "The request body is a JSON object in UTF-8.")
        return endpoint.handle(robot, body)

    def _authenticate(self, token: str, call: Call) -> RobotApp:
        robot = self._tokens.robot_of(token)
        if robot is not None:
            call.app = robot.name
        if self._faults.strikes(fault.ERROR_500):
            raise system_busy()
        if robot is not None and self._faults.strikes(fault.TOKEN_EXPIRED):
            self._tokens.revoke(token)
            robot = None
        if robot is None:
            raise invalid_authentication()
        return robot

    def _admit(self, robot: RobotApp, scope: str, call: Call) -> None:
        if self._faults.strikes(fault.IP_REFUSED):
            raise ip_refused()
        if scope and scope not in robot.scopes:
            raise permission_denied(scope)
        # A call refused for its rate is not counted against the month.
        if self._faults.strikes(fault.QPS) or not self._rate.admit(robot.client_id, call.api):
            raise qps_limit()
        if not self._quota.spend():
            raise quota_exceeded()
        call.counted = True


def _json_object(raw: bytes) -> JsonObject | None:
    try:
        body = read_json(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _summary(body: Mapping[str, Any]) -> str:
    shown = {key: "…" if key in _SECRETS else value for key, value in body.items()}
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= _LONGEST_SUMMARY else text[: _LONGEST_SUMMARY - 1] + "…"


async def _drop(receive: Receive) -> None:
    """Break the connection without an answer."""
    # ASGI knows no such thing. uvicorn's `receive` is a method of the object that holds the connection.
    receive.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass
