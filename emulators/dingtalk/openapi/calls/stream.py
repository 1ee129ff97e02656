"""`POST /v1.0/gateway/connections/open`: where a Stream connection begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk.openapi.endpoint import OpenEndpoint
from emulators.dingtalk.openapi.errors import ApiError, system_busy
from emulators.dingtalk.stream.frames import SUBSCRIPTIONS
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.openapi.endpoint import JsonObject, OpenRequest
    from emulators.dingtalk.stream.tickets import Tickets
    from emulators.dingtalk.tenant import Tenant

API = "POST /v1.0/gateway/connections/open"


def open_endpoints(
    tenant: Tenant, tickets: Tickets, *, endpoint: Callable[[], str], refuses: Callable[[], bool]
) -> dict[str, OpenEndpoint]:
    """The call: without an access token, outside the monthly quota.

    endpoint: the gateway's WebSocket address; empty while it does not run.
    refuses: whether the credentials are refused now, however right they are.
    """

    def open_connection(request: OpenRequest) -> JsonObject:
        try:
            body = read_json(request.raw)
            client_id, secret, wanted = body["clientId"], body["clientSecret"], body["subscriptions"]
            subscriptions = frozenset((one["type"], one["topic"]) for one in wanted)
        except (ValueError, KeyError, TypeError):
            raise ApiError(400, "InvalidParameter", "clientId, clientSecret, subscriptions.") from None
        robot = tenant.robot_of_client(client_id) if isinstance(client_id, str) else None
        if robot is None or secret != robot.client_secret or refuses():
            raise ApiError(401, "authFailed", "鉴权失败")
        if not subscriptions or not subscriptions <= SUBSCRIPTIONS:
            raise ApiError(400, "InvalidParameter", "subscriptions holds no known type and topic.")
        if not endpoint():
            raise system_busy()
        ticket = tickets.issue(
            robot,
            subscriptions,
            user_agent=str(body.get("ua", "")),
            local_ip=str(body.get("localIp", "")),
        )
        return {"endpoint": endpoint(), "ticket": ticket}

    return {API: OpenEndpoint(open_connection)}
