"""The contact calls at oapi.dingtalk.com: who a person is. They are not counted against the month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.endpoint import JsonObject, OpenEndpoint, OpenRequest
from emulators.dingtalk.openapi.errors import LegacyError, as_legacy, legacy_busy, qps_limit
from emulators.dingtalk.organisation.directory import ROOT, listed
from emulators.dingtalk.organisation.people import BASE_SCOPE, DEPARTMENT_SCOPE, MEMBER_SCOPE, union_id_of
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.login.codes import Codes
    from emulators.dingtalk.openapi.calls.tokens import Tokens
    from emulators.dingtalk.openapi.limits import RateWindow
    from emulators.dingtalk.organisation.people import Person, RobotApp
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

_MOST_ROLES = 200


def contact_endpoints(
    tenant: Tenant, tokens: Tokens, faults: FaultBoard, rate: RateWindow, codes: Codes
) -> dict[str, OpenEndpoint]:
    """The access token is in the query; a failure is HTTP 200 with an `errcode`."""
    calls = _Contacts(tenant, codes)
    endpoints: dict[str, tuple[str, Callable[[JsonObject, RobotApp], Any]]] = {
        "/topapi/v2/user/get": (MEMBER_SCOPE, calls.user),
        "/topapi/v2/department/listparentbyuser": (DEPARTMENT_SCOPE, calls.parents_of_user),
        "/topapi/v2/department/listparentbydept": (DEPARTMENT_SCOPE, calls.parents_of_department),
        "/topapi/v2/department/get": (DEPARTMENT_SCOPE, calls.department),
        "/topapi/role/list": (DEPARTMENT_SCOPE, calls.role_list),
        "/topapi/v2/department/listsub": (DEPARTMENT_SCOPE, calls.sub_departments),
        "/topapi/user/getbyunionid": (MEMBER_SCOPE, calls.by_union_id),
        "/topapi/v2/user/getuserinfo": (BASE_SCOPE, calls.by_client_code),
    }

    def guarded(api: str, scope: str, handle: Callable[[JsonObject, RobotApp], Any]) -> OpenEndpoint:
        def answer(request: OpenRequest) -> JsonObject:
            robot = tokens.robot_of(request.query.get("access_token", ""))
            if robot is None:
                raise LegacyError(40014, "不合法的access_token")
            if scope not in robot.scopes or faults.strikes(fault.CONTACT_REFUSED):
                raise LegacyError(60011, f"没有调用该接口的权限: {scope}")
            if faults.strikes(fault.QPS) or not rate.admit(robot.client_id, api):
                raise as_legacy(qps_limit())
            try:
                body = read_json(request.raw)
            except ValueError:
                body = None
            result = handle(body if isinstance(body, dict) else {}, robot)
            if faults.strikes(fault.CONTACT_SCOPE):
                raise LegacyError(50002, "请求的员工userid不在授权范围内")
            return {"errcode": 0, "errmsg": "ok", "result": result}

        return OpenEndpoint(answer, legacy_busy)

    return {
        f"POST {path}": guarded(f"POST {path}", scope, handle) for path, (scope, handle) in endpoints.items()
    }


class _Contacts:
    """What each call answers with."""

    def __init__(self, tenant: Tenant, codes: Codes) -> None:
        self._tenant = tenant
        self._codes = codes

    def user(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """The documented example shows lists as JSON in a string, and so it is here."""
        person = self._member(body)
        directory = self._tenant.directory
        departments = directory.departments_of(person.staff_id)
        return {
            "userid": person.staff_id,
            "unionid": person.union_id,
            "name": person.nick,
            "active": "true",
            "admin": "true" if person.is_admin else "false",
            "dept_id_list": listed(departments),
            "role_list": [
                {"id": str(role.id), "name": role.name, "group_name": role.group}
                for role in directory.roles_of(person.staff_id)
            ],
        }

    def parents_of_user(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """One chain for each department the person is in."""
        person = self._member(body)
        directory = self._tenant.directory
        return {
            "parent_list": [
                {"parent_dept_id_list": directory.chain(one)}
                for one in directory.departments_of(person.staff_id)
            ]
        }

    def parents_of_department(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """From the department up to the organisation."""
        return {"parent_id_list": self._tenant.directory.chain(self._department(body))}

    def department(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """Its name and the department above it."""
        found = self._tenant.directory.departments[self._department(body)]
        above = {"parent_id": found.parent} if found.parent else {}
        return {"dept_id": found.id, "name": found.name, **above}

    def role_list(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """Roles by their groups, page by page."""
        offset, size = body.get("offset", 0), body.get("size", 20)
        if not isinstance(size, int) or not isinstance(offset, int) or not 0 < size <= _MOST_ROLES:
            raise LegacyError(40035, "不合法的参数")
        roles = list(self._tenant.directory.roles.values())
        page = roles[offset : offset + size]
        groups = dict.fromkeys(role.group for role in page)
        return {
            "hasMore": len(roles) > offset + size,
            "list": [
                {
                    "name": group,
                    "groupId": number,
                    "roles": [{"id": role.id, "name": role.name} for role in page if role.group == group],
                }
                for number, group in enumerate(groups, 1)
            ],
        }

    def sub_departments(self, body: JsonObject, _: RobotApp) -> list[JsonObject]:
        """The departments right below one; without an id below the organisation itself."""
        above = self._department(body) if "dept_id" in body else ROOT
        return [
            {"dept_id": one.id, "name": one.name, "parent_id": one.parent}
            for one in self._tenant.directory.departments.values()
            if one.parent == above
        ]

    def by_union_id(self, body: JsonObject, _: RobotApp) -> JsonObject:
        """A member is 0, an external contact 1; people of elsewhere are not found."""
        wanted = body.get("unionid")
        person = next((one for one in self._tenant.people if wanted and union_id_of(one) == wanted), None)
        if person is None or (not person.staff_id and person.corp_id):
            raise LegacyError(60121, "找不到该用户")
        if not person.staff_id:
            return {"contact_type": 1, "userid": f"ext{wanted}"}
        return {"contact_type": 0, "userid": person.staff_id}

    def by_client_code(self, body: JsonObject, robot: RobotApp) -> JsonObject:
        """Who opened the page inside DingTalk; the code works once."""
        issued = self._codes.take("client", str(body.get("code", "")), robot)
        if issued is None:
            raise LegacyError(40078, "不存在的临时授权码")
        person = issued.person
        return {
            "userid": person.staff_id,
            "unionid": union_id_of(person),
            "name": person.nick,
            "device_id": "local",
            "sys": person.is_admin,
            "sys_level": 1 if person.is_admin else 0,
        }

    def _member(self, body: JsonObject) -> Person:
        user_id = body.get("userid")
        if not user_id or not isinstance(user_id, str):
            raise LegacyError(33012, "无效的USERID")
        person = self._tenant.member(user_id)
        if person is None:
            raise LegacyError(60121, "找不到该用户")
        return person

    def _department(self, body: JsonObject) -> int:
        department = body.get("dept_id")
        if not isinstance(department, int) or department not in self._tenant.directory.departments:
            raise LegacyError(60003, "部门不存在")
        return department
