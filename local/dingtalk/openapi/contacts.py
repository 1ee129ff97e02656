"""The contact calls at oapi.dingtalk.com: who somebody is. They are not counted against the month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.dingtalk import faults as fault
from local.dingtalk.openapi.endpoint import JsonObject, OpenEndpoint, OpenRequest
from local.dingtalk.openapi.errors import LegacyError, legacy_busy
from local.dingtalk.wire import read_json

if TYPE_CHECKING:
    from local.dingtalk.openapi.tokens import Tokens
    from local.dingtalk.tenant import Tenant
    from local.faults import FaultBoard

#: Every robot here has it, until the fault `dingtalk.contact_refused`.
MEMBER_SCOPE = "qyapi_get_member"


def contact_endpoints(tenant: Tenant, tokens: Tokens, faults: FaultBoard) -> dict[str, OpenEndpoint]:
    """The access token is in the query; a failure is HTTP 200 with an `errcode`."""

    def get_user(request: OpenRequest) -> JsonObject:
        robot = tokens.robot_of(request.query.get("access_token", ""))
        if robot is None:
            raise LegacyError(40014, "不合法的access_token")
        if faults.strikes(fault.CONTACT_REFUSED):
            raise LegacyError(60011, f"没有调用该接口的权限: {MEMBER_SCOPE}")
        try:
            user_id = read_json(request.raw)["userid"]
        except (ValueError, KeyError, TypeError):
            user_id = None
        if not user_id or not isinstance(user_id, str):
            raise LegacyError(33012, "无效的USERID")
        person = tenant.member(user_id)
        if person is None:
            raise LegacyError(60121, "找不到该用户")
        if faults.strikes(fault.CONTACT_SCOPE):
            raise LegacyError(50002, "请求的员工userid不在授权范围内")
        result = {"userid": person.staff_id, "unionid": person.union_id, "name": person.nick}
        return {"errcode": 0, "errmsg": "ok", "result": result}

    return {"POST /topapi/v2/user/get": OpenEndpoint(get_user, legacy_busy)}
