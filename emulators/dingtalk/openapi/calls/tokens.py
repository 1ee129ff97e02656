"""Access tokens: `POST /v1.0/oauth2/accessToken`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk.openapi.endpoint import JsonObject, OpenEndpoint, OpenRequest
from emulators.dingtalk.openapi.errors import qps_limit, refused
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.openapi.limits import RateWindow
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.tenant import Tenant

API = "POST /v1.0/oauth2/accessToken"
TOKEN_LIFE_S = 7200


class Tokens:
    """One token per app: asking again within its life returns the same one and renews it."""

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._tokens: dict[str, tuple[RobotApp, float]] = {}

    def issue(self, robot: RobotApp) -> str:
        """The app's token, good for `TOKEN_LIFE_S` from now."""
        current = (token for token in self._tokens if self.robot_of(token) is robot)
        token = next(current, None) or f"{self._new_id()}{self._new_id()}"
        self._tokens[token] = (robot, self._clock() + TOKEN_LIFE_S)
        return token

    def robot_of(self, token: str) -> RobotApp | None:
        """Whose token this is; None when it is unknown or expired."""
        robot, expires = self._tokens.get(token, (None, 0.0))
        return robot if self._clock() < expires else None

    def revoke(self, token: str) -> None:
        """Make a token invalid before its time."""
        self._tokens.pop(token, None)


def token_endpoints(tenant: Tenant, tokens: Tokens, rate: RateWindow) -> dict[str, OpenEndpoint]:
    """The token call: outside the monthly quota, but limited in rate like every other."""

    def access_token(request: OpenRequest) -> JsonObject:
        try:
            body = read_json(request.raw)
            client_id, secret = body["appKey"], body["appSecret"]
        except (ValueError, KeyError, TypeError):
            client_id, secret = "", ""
        robot = tenant.robot_of_client(client_id) if isinstance(client_id, str) else None
        if robot is None or secret != robot.client_secret:
            raise refused("invalidClientIdOrSecret", "appKey and appSecret do not belong together.")
        if not rate.admit(client_id, API):
            raise qps_limit()
        return {"accessToken": tokens.issue(robot), "expireIn": TOKEN_LIFE_S}

    return {API: OpenEndpoint(access_token)}
