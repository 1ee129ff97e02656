"""`POST /robot/sendBySession` at oapi.dingtalk.com: what a `sessionWebhook` accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.endpoint import JsonObject, OpenEndpoint, OpenRequest
from emulators.dingtalk.openapi.errors import LegacyError, legacy_busy
from emulators.dingtalk.pushing.session_webhooks import PATH
from emulators.dingtalk.replies import UnreadableReplyError, webhook_reply
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

#: Observed with robot webhooks.
LARGEST_BODY = 20_000


def session_endpoints(tenant: Tenant, faults: FaultBoard) -> dict[str, OpenEndpoint]:
    """The session itself is the permission; a failure is HTTP 200 with an `errcode`."""

    def send_by_session(request: OpenRequest) -> JsonObject:
        webhook = tenant.webhooks.find(request.query.get("session", ""), tenant.now_ms)
        if webhook is None or faults.strikes(fault.WEBHOOK_EXPIRED):
            raise LegacyError(300001, "session 不存在")
        if "json" not in request.content_type:
            raise LegacyError(43004, "无效的HTTP HEADER Content-Type")
        if len(request.raw) > LARGEST_BODY:
            raise LegacyError(460101, "message too long, exceed 20000 bytes")
        try:
            reply = webhook_reply(read_json(request.raw))
        except UnreadableReplyError as problem:
            raise LegacyError(400105 if problem.unknown_type else 40035, str(problem)) from None
        except ValueError:
            raise LegacyError(40035, "缺少参数 json") from None
        if reply is not None:
            tenant.robot_says(webhook.conversation, webhook.robot, reply, "session_webhook")
        return {"errcode": 0, "errmsg": "ok"}

    return {f"POST {PATH}": OpenEndpoint(send_by_session, legacy_busy)}
