"""The way every call takes: faults, token, scope, rate, quota, then what the call does; all recorded."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from emulators.dingtalk import faults as fault
from emulators.dingtalk.login import Codes, LoginPages
from emulators.dingtalk.login.calls import login_endpoints
from emulators.dingtalk.openapi.callers import split_caller
from emulators.dingtalk.openapi.calls.cards import CardCalls
from emulators.dingtalk.openapi.calls.contacts import contact_endpoints
from emulators.dingtalk.openapi.calls.downloads import Downloads
from emulators.dingtalk.openapi.calls.messages import MessageCalls
from emulators.dingtalk.openapi.calls.session import session_endpoints
from emulators.dingtalk.openapi.calls.stream import open_endpoints
from emulators.dingtalk.openapi.calls.tokens import Tokens, token_endpoints
from emulators.dingtalk.openapi.calls.uploads import upload_endpoints
from emulators.dingtalk.openapi.endpoint import (
    INVALID,
    GuardedEndpoint,
    JsonObject,
    LegacyEndpoint,
    OpenEndpoint,
    OpenRequest,
)
from emulators.dingtalk.openapi.errors import ApiError, CallError, as_legacy, refused
from emulators.dingtalk.openapi.gate import Gate
from emulators.dingtalk.stream.frames import CALLBACK, CARD_TOPIC
from emulators.dingtalk.wire import read_json
from emulators.dropping import drop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from emulators.dingtalk.openapi.limits import MonthlyQuota, RateWindow
    from emulators.dingtalk.organisation.ledger import Call
    from emulators.dingtalk.stream import Gateway
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

TOKEN_HEADER = "x-acs-dingtalk-access-token"

_LONGEST_SUMMARY = 200
_SECRETS = {"appSecret", "apiSecret", "clientSecret", "code"}


class OpenApi:
    """An ASGI application for both hosts and for the one that files come from; their paths do not overlap.

    url: our own address, for those of files; without a trailing slash.
    sleep: how `dingtalk.slow` waits. gateway: where Stream connections go.
    """

    def __init__(
        self,
        tenant: Tenant,
        faults: FaultBoard,
        *,
        rate: RateWindow,
        quota: MonthlyQuota,
        url: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        gateway: Gateway,
    ) -> None:
        self._tenant = tenant
        self._faults = faults
        self._sleep = sleep
        tokens = Tokens(tenant.clock, tenant.new_id)
        codes = Codes(tenant.clock, tenant.new_id)
        self.logins = LoginPages(tenant, codes)
        self._gate = Gate(tokens, faults, rate=rate, quota=quota)
        self._downloads = Downloads(tenant, url)
        self._endpoints: dict[str, GuardedEndpoint | LegacyEndpoint | OpenEndpoint] = {
            **token_endpoints(tenant, tokens, rate),
            **login_endpoints(tenant, codes, rate),
            **open_endpoints(
                tenant,
                gateway.tickets,
                endpoint=lambda: gateway.endpoint,
                refuses=lambda: faults.strikes(fault.STREAM_REFUSED),
            ),
            **CardCalls(
                tenant, faults, lambda robot: bool(gateway.hears(robot, CALLBACK, CARD_TOPIC))
            ).endpoints(),
            **MessageCalls(tenant, faults).endpoints(),
            **self._downloads.endpoints(),
            **session_endpoints(tenant, faults),
            **contact_endpoints(tenant, tokens, faults, rate, codes),
            **upload_endpoints(tenant, faults),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        caller, path = split_caller(scope["path"])
        request = Request({**scope, "path": path}, receive)
        if self._downloads.serves(request.url.path):
            await self._downloads.file(request)(scope, receive, send)
            return
        if self.logins.serves(request.method, request.url.path):
            await self.logins.answer(request)(scope, receive, send)
            return
        try:
            raw = await request.body()
        except ClientDisconnect:
            return
        call = self._arrived(request, raw, caller)
        dropped = self._faults.take(fault.AWAY)
        await self._sleep(self._delay())
        if dropped is not None and dropped != fault.AFTERWARDS:
            self._tenant.call_answered(call, None)
            await drop(receive)
            return
        status, code, body = self._answer(request, raw, call)
        self._tenant.call_answered(call, None if dropped else status, code)
        if dropped:
            await drop(receive)
        else:
            await JSONResponse(body, status)(scope, receive, send)

    def _arrived(self, request: Request, raw: bytes, caller: str) -> Call:
        body = _json_object(raw)
        session = self._tenant.webhooks.find(request.query_params.get("session", ""), self._tenant.now_ms)
        fields = body or {}
        conversation_id = fields.get("openConversationId")
        call = self._tenant.ledger.begin(
            f"{request.method} {request.url.path}",
            out_track_id=str(fields.get("outTrackId") or ""),
            conversation_id=session.conversation.id if session else str(conversation_id or ""),
            summary=f"{len(raw)} bytes" if body is None else _summary(body),
        )
        call.caller = caller
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
        given = OpenRequest(raw, request.query_params, request.headers.get("content-type", ""))
        try:
            if endpoint is None:
                raise ApiError(404, "InvalidAction.NotFound", f"There is no API {call.api}. Check the path.")
            if isinstance(endpoint, OpenEndpoint):
                if self._faults.strikes(fault.ERROR_500):
                    raise endpoint.busy()
                body = endpoint.handle(given)
            elif isinstance(endpoint, LegacyEndpoint):
                body = self._legacy(endpoint, given, call)
            else:
                body = self._guarded(endpoint, request.headers, raw, call)
        except CallError as failure:
            return failure.status, failure.code, failure.body(self._tenant.new_id())
        return 200, "", body

    def _legacy(self, endpoint: LegacyEndpoint, given: OpenRequest, call: Call) -> JsonObject:
        try:
            robot = self._gate.admit(given.query.get("access_token", ""), endpoint.scope, call)
        except ApiError as failure:
            raise as_legacy(failure) from None
        return endpoint.handle(robot, given)

    def _guarded(
        self, endpoint: GuardedEndpoint, headers: Mapping[str, str], raw: bytes, call: Call
    ) -> JsonObject:
        robot = self._gate.admit(headers.get(TOKEN_HEADER, ""), endpoint.scope, call)
        for name, failure in endpoint.faults.items():
            if self._faults.strikes(name):
                raise failure
        body = _json_object(raw)
        if body is None:
            raise refused(INVALID, "The request body is a JSON object in UTF-8.")
        return endpoint.handle(robot, body)


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
