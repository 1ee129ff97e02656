"""What our client reads of people, departments and roles, in each shape that DingTalk's answers have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.dingtalk.directory.people import NO_SUCH_DEPARTMENT, People
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Profile, RoleHeld
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_796_000_000_000
MING, HONG = "user0001", "user0002"


def people_of(http: httpx.AsyncClient, url: str) -> People:
    async def no_pause(_: float) -> None:
        return

    api = OpenApi(
        http=http,
        api_url=url,
        client_id="dingapp1",
        client_secret=Secret("secret-1"),
        clock=lambda: 0.0,
        sleep=no_pause,
    )
    return People(api=api, http=http, oapi_url=url)


class Contacts:
    """The emulated DingTalk, whose monthly quota is spent, and our client of it."""

    def __init__(self, scopes: frozenset[str] | None = None) -> None:
        more: dict[str, Any] = {} if scopes is None else {"scopes": scopes}
        self.faults = FaultBoard()
        self.side = DingTalkSide(
            robots=[RobotApp(name="hr", client_id="dingapp1", client_secret="secret-1", **more)],
            faults=self.faults,
            monthly_calls=0,
            qps=None,
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.side.app))
        self.people = people_of(self.http, "http://dingtalk.test")

    async def close(self) -> None:
        await self.http.aclose()
        await self.side.stop()


@pytest_asyncio.fixture
async def contacts() -> AsyncIterator[Contacts]:
    one = Contacts()
    yield one
    await one.close()


async def test_a_person_has_each_departments_whole_chain_and_roles_also_when_the_month_is_spent(
    contacts: Contacts,
) -> None:
    directory = contacts.side.directory
    directory.members[HONG] = (110, 200)
    directory.held[HONG] = (501, 502)

    assert await contacts.people.profile_of(HONG, now_ms=NOW) == Profile(
        chains=((110, 100, 1), (200, 1)),
        roles=(RoleHeld("501", "主管", "岗位"), RoleHeld("502", "财务", "职能")),
        name="小红",
        fetched_ms=NOW,
    )


async def test_a_person_in_no_department_is_in_the_organisation_itself(contacts: Contacts) -> None:
    contacts.side.directory.members.pop(MING)
    contacts.side.directory.held.pop(MING)

    found = await contacts.people.profile_of(MING, now_ms=NOW)

    assert (found.chains, found.roles, found.found) == (((1,),), (), True)


async def test_a_moved_department_changes_the_chain_of_everyone_below_it(contacts: Contacts) -> None:
    contacts.side.directory.set_department(110, "平台组", 200)

    assert (await contacts.people.profile_of(HONG, now_ms=NOW)).chains == ((110, 200, 1),)


@pytest.mark.parametrize("staff_id", ["gone01", ""])
async def test_a_person_whom_the_organisation_has_not_is_not_found(contacts: Contacts, staff_id: str) -> None:
    assert await contacts.people.profile_of(staff_id, now_ms=NOW) == Profile(found=False, fetched_ms=NOW)


@pytest.mark.parametrize(
    "scopes", [frozenset({"qyapi_get_member"}), frozenset({"qyapi_get_department_list"}), frozenset[str]()]
)
async def test_a_scope_that_is_missing_is_said_and_is_no_profile(scopes: frozenset[str]) -> None:
    contacts = Contacts(scopes)
    with pytest.raises(DingTalkError) as told:
        await contacts.people.profile_of(HONG, now_ms=NOW)
    await contacts.close()

    assert told.value.code == "60011"


@pytest.mark.parametrize(
    "fault", ["dingtalk.contact_refused", "dingtalk.contact_scope", "dingtalk.qps", "dingtalk.error_500"]
)
async def test_a_directory_that_refuses_is_an_error_and_no_profile(contacts: Contacts, fault: str) -> None:
    contacts.faults.switch_on(fault)

    with pytest.raises(DingTalkError):
        await contacts.people.profile_of(HONG, now_ms=NOW)


async def test_departments_have_names_and_an_unknown_one_has_a_code_of_its_own(contacts: Contacts) -> None:
    assert await contacts.people.department_name(100) == "研发部"
    with pytest.raises(DingTalkError) as told:
        await contacts.people.department_name(999)

    assert told.value.code in NO_SUCH_DEPARTMENT


async def test_every_role_is_read_over_all_pages(contacts: Contacts) -> None:
    for number in range(450):
        contacts.side.directory.add_role(1_000 + number, f"角色{number}", "岗位" if number % 2 else "职能")

    found = await contacts.people.roles()

    assert len({role.id for role in found}) == len(found) == 452
    assert RoleHeld("1001", "角色1", "岗位") in found


async def profile_from(user: Any, parents: Any) -> Profile:
    """What is read when the two calls are answered with these results."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/accessToken"):
            return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})
        result = user if request.url.path.endswith("/user/get") else parents
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "result": result})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await people_of(http, "https://dingtalk.test").profile_of(HONG, now_ms=NOW)


PARENTS = {"parent_list": [{"parent_dept_id_list": [110, 100, 1]}]}
ROLE = {"id": 501, "name": "主管", "group_name": "岗位"}


@pytest.mark.parametrize(
    ("roles", "parents"),
    [
        ([ROLE], PARENTS),
        (ROLE, PARENTS),
        (json.dumps([ROLE]), {"parent_list": [{"parent_dept_id_list": "[110,100,1]"}]}),
        ([json.dumps(ROLE)], {"parent_list": json.dumps(PARENTS["parent_list"])}),
        ([{**ROLE, "id": "501"}], {"parent_list": PARENTS["parent_list"][0]}),
    ],
    ids=["as declared", "one object", "lists in strings", "objects in strings", "texts for numbers"],
)
async def test_every_shape_that_dingtalks_pages_print_is_read_alike(roles: Any, parents: Any) -> None:
    found = await profile_from({"name": "小红", "role_list": roles}, parents)

    assert (found.chains, found.roles) == (((110, 100, 1),), (RoleHeld("501", "主管", "岗位"),))


@pytest.mark.parametrize(
    ("user", "parents"),
    [
        ({"name": "小红"}, {}),
        ({"name": "小红"}, {"parent_list": None}),
        ({"name": "小红"}, {"parent_list": [{"parent_dept_id_list": []}]}),
        ({"name": "小红"}, {"parent_list": ["x"]}),
        ({"name": "小红", "role_list": ["主管"]}, PARENTS),
        ({"name": "小红", "role_list": [{"name": "主管"}]}, PARENTS),
        (None, PARENTS),
        ([], PARENTS),
    ],
)
async def test_what_cannot_be_read_is_an_error_and_never_fewer_departments_or_roles(
    user: Any, parents: Any
) -> None:
    """A rule that denies by department or role must not be passed by an answer that cannot be read."""
    with pytest.raises(DingTalkError) as told:
        await profile_from(user, parents)

    assert told.value.code == "unreadable"
