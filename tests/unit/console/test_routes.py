"""Each route needs a session and its right, each form a token and our own origin: a table over the router."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.access.roles import MATRIX, ROLES, BotRole
from rag_on_dingtalk.console.routes import ROUTES, Route
from tests.examples import cases
from tests.unit.console.world import ASKER, AUDITOR, CURATOR, OPERATOR, OWNER

if TYPE_CHECKING:
    from tests.unit.console.world import Browser, World

HOLDERS: dict[BotRole, str] = {
    "owner": OWNER, "curator": CURATOR, "operator": OPERATOR, "auditor": AUDITOR, "asker": ASKER
}  # fmt: skip
TURN = "t" + "0" * 31
CLOSED = [route for route in ROUTES if not route.right.open]
OF_A_BOT = [route for route in CLOSED if "{bot}" in route.path]
#: What stands before a session; a new one needs its reason here.
OPEN = {
    "/sign-in": "the page before a session",
    "/sign-in/dingtalk": "the way to DingTalk",
    "/sign-in/return": "the way back, with a signed state and DingTalk's code",
    "/enter": "the same inside DingTalk's client",
}


def address(route: Route, bot: str = "handbook") -> str:
    return (
        route.path.replace("{bot}", bot).replace("{turn}", TURN).replace("{id}", "x").replace("{user}", "u")
    )


async def ask(browser: Browser, route: Route, **form: str) -> int:
    if route.method == "GET":
        return (await browser.get(address(route))).status_code
    return (await browser.post(address(route), **form)).status_code


def test_what_is_open_is_named_with_its_reason() -> None:
    assert {route.path for route in ROUTES if route.right.open} == set(OPEN)
    assert {route.path for route in ROUTES if route.unsigned} <= set(OPEN)


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: f"{route.method} {route.path}")
async def test_without_a_session_every_route_leads_to_the_door(world: World, route: Route) -> None:
    async with world.browser() as browser:
        got = await (browser.get(address(route)) if route.method == "GET" else browser.post(address(route)))

    assert got.status_code == 303
    assert got.headers["location"].startswith("/sign-in")
    assert world.rows.tables == {}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", cases(OF_A_BOT), ids=lambda route: f"{route.method} {route.path}")
async def test_a_role_without_the_right_is_refused_every_route(
    world: World, route: Route, role: BotRole
) -> None:
    if role == "asker":
        # An asker has no session at all; of another bot even an owner is one.
        async with world.signed_in(OWNER) as browser:
            got = await (
                browser.get(address(route, "other"))
                if route.method == "GET"
                else browser.post(address(route, "other"), form=await browser.token())
            )
        assert got.status_code == 403
        return
    held = route.right.held(HOLDERS[role], world.bots.bots["handbook"])
    assert held == (not route.right.verbs or bool(MATRIX[role] & set(route.right.verbs)))
    async with world.signed_in(HOLDERS[role]) as browser:
        status = await ask(browser, route, form=await browser.token())

    assert (status != 403) is held, status


@pytest.mark.parametrize("route", [r for r in CLOSED if r.method == "POST"], ids=lambda route: route.path)
@pytest.mark.parametrize(
    "wrong", ["origin", "no origin", "null origin", "token", "no token", "another's token"]
)
async def test_a_form_that_is_not_ours_changes_nothing(world: World, route: Route, wrong: str) -> None:
    async with world.signed_in(OWNER) as browser, world.signed_in(AUDITOR) as other:
        tokens = {"token": "x", "no token": "", "another's token": await other.token()}
        token = tokens.get(wrong, await browser.token())
        before = {name: dict(rows) for name, rows in world.rows.tables.items()}
        origin = {"origin": "https://evil.example", "no origin": "", "null origin": "null"}.get(wrong)
        form = {"form": token} if token else {}
        got = await browser.post(address(route), origin=origin, **form)

    assert got.status_code == 403
    assert world.rows.tables == before


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=lambda route: route.path)
async def test_every_answer_has_the_headers_that_bind_a_browser(world: World, route: Route) -> None:
    async with world.signed_in(OWNER) as browser:
        headers = (await browser.get(address(route))).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"]


async def test_an_owners_act_asks_again_who_it_is(world: World) -> None:
    confirmed = [route for route in ROUTES if route.confirmed]
    async with world.signed_in(OWNER) as browser:
        token = await browser.token()
        world.now_ms += 11 * 60_000
        for route in confirmed:
            got = await browser.post(address(route), form=token, page="/bots/handbook/access")
            assert got.status_code == 403
            assert "/sign-in/dingtalk?page=%2Fbots%2Fhandbook%2Faccess" in got.text


async def test_a_name_that_is_not_ours_is_refused(world: World) -> None:
    async with world.browser() as browser:
        got = await browser.http.get("/sign-in", headers={"host": "evil.example"})

    assert got.status_code == 403


async def test_every_route_is_declared_once_with_a_right() -> None:
    known = [(route.method, route.path) for route in ROUTES]
    assert len(known) == len(set(known))
    assert all(route.right.verbs for route in ROUTES if route.method == "POST" and "{bot}" in route.path)
