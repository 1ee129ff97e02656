"""The exchange of a browser's code for a person's token: `POST /v1.0/oauth2/userAccessToken`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk.login.codes import TOKEN_LIFE_S
from emulators.dingtalk.openapi.endpoint import JsonObject, OpenEndpoint, OpenRequest
from emulators.dingtalk.openapi.errors import qps_limit, refused
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from emulators.dingtalk.login.codes import Codes
    from emulators.dingtalk.openapi.limits import RateWindow
    from emulators.dingtalk.tenant import Tenant

API = "POST /v1.0/oauth2/userAccessToken"


def login_endpoints(tenant: Tenant, codes: Codes, rate: RateWindow) -> dict[str, OpenEndpoint]:
    """Outside the monthly quota, but limited in rate like every other."""

    def user_access_token(request: OpenRequest) -> JsonObject:
        try:
            body = read_json(request.raw)
        except ValueError:
            body = None
        fields = body if isinstance(body, dict) else {}
        client_id, secret, code, grant = (
            str(fields.get(name, "")) for name in ("clientId", "clientSecret", "code", "grantType")
        )
        robot = tenant.robot_of_client(client_id)
        if robot is None or secret != robot.client_secret:
            raise refused("invalidClientIdOrSecret", "clientId and clientSecret do not belong together.")
        if grant != "authorization_code":
            raise refused("invalidParameter.grantType", "grantType is authorization_code or refresh_token.")
        if not rate.admit(client_id, API):
            raise qps_limit()
        issued = codes.take("browser", code, robot)
        if issued is None:
            raise refused("invalidParameter.authCode.notFound", "不存在的临时授权码 authCode")
        corp = {"corpId": issued.corp} if issued.corp else {}
        token = codes.token(issued)
        return {"accessToken": token, "refreshToken": f"r{token}", "expireIn": TOKEN_LIFE_S, **corp}

    return {API: OpenEndpoint(user_access_token)}
