"""What DingTalk's directory says of one person: departments with all that stand above them, and roles.

Sources: "查询用户详情" (development/query-user-details), scope `qyapi_get_member`, and the page on all parent
departments of a user (development/queries-the-list-of-all-parent-departments-of-a-user), scope
`qyapi_get_department_list`. Contact calls are outside the monthly quota, so that a spent month takes no right
away; they have a rate limit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio

from rag_on_dingtalk.dingtalk.inbound.fields import clean, opened, text_of
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.dingtalk.openapi.client import exchange
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Profile, RoleHeld

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

USER_GET = "POST /topapi/v2/user/get"
PARENTS = "POST /topapi/v2/department/listparentbyuser"
DEPARTMENT_GET = "POST /topapi/v2/department/get"
ROLES = "POST /topapi/role/list"
SUB_DEPARTMENTS = "POST /topapi/v2/department/listsub"

#: No such member: an id that never was, or a person who has left.
_NO_SUCH_PERSON = frozenset(("33012", "60121"))
NO_SUCH_DEPARTMENT = frozenset(("60003",))
_ATTEMPTS = 2
_LONGEST_NAME = 64
_MOST_ROLES = 200
#: Of a rule's check; an organisation with more roles is read in part.
_MOST_PAGES = 20


class People:
    """Looks people up as one app; keeps nothing.

    oapi_url: `https://oapi.dingtalk.com`.
    """

    def __init__(self, *, api: OpenApi, http: httpx.AsyncClient, oapi_url: str) -> None:
        self._api = api
        self._http = http
        self._url = oapi_url.rstrip("/")

    async def profile_of(self, staff_id: str, *, now_ms: int) -> Profile:
        """The person's departments and roles, in two calls side by side.

        Returns a profile that is not `found` for a person whom the organisation does not have.

        Raises:
            DingTalkError: it cannot be had now, or the app lacks a permission.
        """
        answers: dict[str, Mapping[str, Any]] = {}

        async def _ask(call: str) -> None:
            answers[call] = await self._call(call, {"userid": staff_id, "language": "zh_CN"})

        try:
            await _both(partial(_ask, USER_GET), partial(_ask, PARENTS))
        except DingTalkError as error:
            if error.code in _NO_SUCH_PERSON:
                return Profile(found=False, fetched_ms=now_ms)
            raise
        user = answers[USER_GET]
        return Profile(
            chains=_chains(answers[PARENTS]),
            roles=_roles(user),
            name=_name(user),
            fetched_ms=now_ms,
        )

    async def department_name(self, department: int) -> str:
        """What a department is called.

        Raises:
            DingTalkError: refused; with a code of NO_SUCH_DEPARTMENT there is none.
        """
        return _name(await self._call(DEPARTMENT_GET, {"dept_id": department, "language": "zh_CN"}))

    async def roles(self) -> tuple[RoleHeld, ...]:
        """Every role of the organisation.

        Raises:
            DingTalkError: refused.
        """
        found: list[RoleHeld] = []
        for page in range(_MOST_PAGES):
            result = await self._call(ROLES, {"size": _MOST_ROLES, "offset": page * _MOST_ROLES})
            for group in _list(result.get("list")):
                if isinstance(group, dict):
                    found += (
                        RoleHeld(_text(role, "id"), _text(role, "name"), _name(group))
                        for role in _list(group.get("roles"))
                        if isinstance(role, dict)
                    )
            if str(result.get("hasMore")).lower() != "true":
                break
        return tuple(found)

    async def departments_below(self, above: int) -> tuple[tuple[int, str], ...]:
        """The departments right below one: their ids and names.

        Source: "获取部门列表" (development/obtain-the-department-list-v2), scope `qyapi_get_department_list`.

        Raises:
            DingTalkError: refused.
        """
        found = await self._result(SUB_DEPARTMENTS, {"dept_id": above, "language": "zh_CN"})
        return tuple(
            (one["dept_id"], _name(one))
            for one in _list(found)
            if isinstance(one, dict) and isinstance(one.get("dept_id"), int)
        )

    async def _call(self, api: str, body: dict[str, Any]) -> Mapping[str, Any]:
        result = await self._result(api, body)
        if not isinstance(result, dict):
            raise DingTalkError("unreadable", f"{api} was answered without a result", status=200)
        return result

    async def _result(self, api: str, body: dict[str, Any]) -> object:
        async def _send(token: str) -> dict[str, Any]:
            path = api.partition(" ")[2]
            return await exchange(
                self._http,
                "POST",
                f"{self._url}{path}?access_token={quote(token, safe='')}",
                body=body,
                headers={"content-type": "application/json"},
                where=api,
            )

        answer = await self._api.with_token(api, _send, priority=Priority.MUST, attempts=_ATTEMPTS)
        return answer.get("result")


async def _both(first: Any, second: Any) -> None:
    """Both at the same time; the first failure that is not a cancellation comes out by itself."""
    failures: list[DingTalkError] = []

    async def _run(one: Any) -> None:
        try:
            await one()
        except DingTalkError as error:
            failures.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(_run, first)
        group.start_soon(_run, second)
    # That there is no such person is the better answer of the two.
    failures.sort(key=lambda error: error.code not in _NO_SUCH_PERSON)
    if failures:
        raise failures[0]


def _chains(result: Mapping[str, Any]) -> tuple[tuple[int, ...], ...]:
    """From the person's own department up to the organisation.

    Raises:
        DingTalkError: it cannot be read, which must not look like a person without departments.
    """
    parents = opened(result.get("parent_list"))
    if not isinstance(parents, (list, dict)):
        raise DingTalkError("unreadable", f"{PARENTS} was answered without a parent_list", status=200)
    chains = []
    for one in _list(parents):
        listed = opened(one.get("parent_dept_id_list")) if isinstance(one, dict) else None
        ids = tuple(int(str(id_)) for id_ in _list(listed) if str(id_).isdecimal())
        if not ids:
            raise DingTalkError("unreadable", f"{PARENTS} was answered with an unreadable chain", status=200)
        chains.append(ids)
    return tuple(chains)


def _roles(user: Mapping[str, Any]) -> tuple[RoleHeld, ...]:
    """The printed example shows a single object, and text, where a list is declared.

    Raises:
        DingTalkError: one cannot be read, which must not look like a person without it.
    """
    found = []
    for one in _list(user.get("role_list")):
        role = opened(one)
        if not isinstance(role, dict) or not _text(role, "id"):
            raise DingTalkError("unreadable", f"{USER_GET} was answered with an unreadable role", status=200)
        found.append(RoleHeld(_text(role, "id"), _text(role, "name"), _text(role, "group_name")))
    return tuple(found)


def _list(value: object) -> list[Any]:
    value = opened(value)
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _text(of: Mapping[str, Any], key: str) -> str:
    value = of.get(key)
    return clean(str(value))[:_LONGEST_NAME] if isinstance(value, (str, int)) else ""


def _name(of: Mapping[str, Any]) -> str:
    return " ".join(clean(text_of(of, "name")).split())[:_LONGEST_NAME]
