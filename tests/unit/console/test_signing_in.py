"""Signing in: by a browser, inside DingTalk, and every way in which it must not work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import Person
from rag_on_dingtalk.console.signing.session import IDLE_MS, LONGEST_MS
from rag_on_dingtalk.console.signing.states import LIFE_MS
from tests.unit.console.world import APP, ASKER, DINGTALK, OWNER, PEOPLE, URL

if TYPE_CHECKING:
    from tests.unit.console.world import Browser, World

OVERVIEW = "/bots/handbook/overview"


async def test_a_member_with_a_role_signs_in_and_comes_to_the_page_that_was_wanted(world: World) -> None:
    async with world.browser() as browser:
        wanted = await browser.get(f"{OVERVIEW}?x=1")
        assert wanted.headers["location"] == "/sign-in?page=%2Fbots%2Fhandbook%2Foverview%3Fx%3D1"
        back = await browser.sign_in(OWNER, page=f"{OVERVIEW}?x=1")

        assert (back.status_code, back.headers["location"]) == (303, f"{OVERVIEW}?x=1")
        assert (await browser.get(OVERVIEW)).status_code == 200
    cookies = back.headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("__Host-rag-session="))
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(session.split("; "))
    acts = [row["act"] for row in world.rows.tables["audit"].values() if "act" in row]
    assert acts == ["session.opened"]


async def test_the_code_that_comes_back_works_once_and_in_one_browser_only(world: World) -> None:
    async with world.browser() as browser, world.browser() as other:
        back = await browser.choose(await browser.to_dingtalk(), PEOPLE[OWNER].nick)

        stolen = await other.get(back)
        assert stolen.headers["location"].startswith("/sign-in?why=state")
        assert (await browser.get(back)).headers["location"] == "/"
        again = await browser.get(back)
    assert again.headers["location"].startswith("/sign-in?why=state")


async def test_a_state_that_is_old_changed_or_missing_is_refused(world: World) -> None:
    async with world.browser() as browser:
        back = await browser.choose(await browser.to_dingtalk(), PEOPLE[OWNER].nick)
        changed = re.sub(r"state=(.)", lambda found: f"state={'X' if found[1] != 'X' else 'Y'}", back)

        for tried in (changed, re.sub(r"&?state=[^&]+", "", back)):
            assert "why=state" in (await browser.get(tried)).headers["location"]
        world.now_ms += LIFE_MS
        assert "why=state" in (await browser.get(back)).headers["location"]


async def test_a_person_who_cancels_is_told_so(world: World) -> None:
    async with world.browser() as browser:
        back = await browser.choose(await browser.to_dingtalk(), "取消")

        assert "why=cancelled" in (await browser.get(back)).headers["location"]


async def test_a_member_without_a_role_is_shown_the_staff_id(world: World) -> None:
    async with world.browser() as browser:
        back = await browser.sign_in(ASKER)

        assert f"user={ASKER}" in back.headers["location"]
        assert ASKER in (await browser.get(back.headers["location"])).text
        assert (await browser.get(OVERVIEW)).status_code == 303
    assert "console_sessions" not in world.rows.tables


@pytest.mark.parametrize(
    "stranger",
    [Person(nick="外人", union_id="u9", corp_id="dingother"), Person(nick="外人", union_id="u9")],
    ids=["another organisation", "an external contact"],
)
async def test_only_members_of_the_organisation_come_in(world: World, stranger: Person) -> None:
    world.dingtalk.add_person(stranger)
    async with world.browser() as browser:
        # Without `exclusiveLogin`, which only narrows DingTalk's page.
        address = (await browser.to_dingtalk()).replace("exclusiveLogin=true", "exclusiveLogin=false")
        back = await browser.get(await browser.choose(address, "外人"))

    assert "why=not_a_member" in back.headers["location"]


async def test_dingtalk_refuses_a_return_address_that_is_not_registered(world: World) -> None:
    world.robot.redirect_urls = ("https://elsewhere.example/sign-in/return",)
    async with world.browser() as browser:
        with pytest.raises(AssertionError, match="重定向"):
            await browser.choose(await browser.to_dingtalk(), PEOPLE[OWNER].nick)


async def inside(browser: Browser, user: str) -> tuple[str, str]:
    """Open the console in DingTalk's client; the state of its form, and the client's code."""
    world = browser.world
    world.dingtalk.open_client(PEOPLE[user])
    await browser.get("/enter")
    page = await browser.get("/enter?ready=1")
    assert f"script-src 'self' {DINGTALK}/dingtalk.open.js;" in page.headers["content-security-policy"]
    state = re.search(r'name="state" value="([^"]+)"', page.text)
    script = bytes(world.dingtalk.app.logins._script().body).decode()
    code = re.search(rf'"{APP.client_id}": "([^"]+)"', script)
    assert state is not None
    assert code is not None
    return state[1], code[1]


async def test_inside_dingtalk_there_is_nothing_to_press(world: World) -> None:
    async with world.browser(**{"user-agent": "Mozilla/5.0 AliApp(DingTalk/7.6)"}) as browser:
        assert (await browser.get("/sign-in")).headers["location"].startswith("/enter")
        state, code = await inside(browser, OWNER)
        entered = await browser.post("/enter", state=state, code=code)

        assert entered.headers["location"] == "/"
        assert (await browser.get(OVERVIEW)).status_code == 200
        assert "why=state" in (await browser.post("/enter", state=state, code=code)).headers["location"]


async def test_a_clients_code_works_once_and_only_from_our_own_page(world: World) -> None:
    async with world.browser() as browser, world.browser() as other:
        state, code = await inside(browser, OWNER)
        assert (
            await browser.post("/enter", origin="https://evil.example", state=state, code=code)
        ).status_code == 403
        assert "why=state" in (await other.post("/enter", state=state, code=code)).headers["location"]
        assert (await browser.post("/enter", state=state, code=code)).headers["location"] == "/"
        again, _ = await inside(browser, OWNER)
        assert "why=code" in (await browser.post("/enter", state=again, code=code)).headers["location"]


async def test_a_session_ends_after_half_an_hour_without_a_request_and_after_eight_hours(
    world: World,
) -> None:
    async with world.signed_in(OWNER) as browser:
        started = world.now_ms
        while world.now_ms - started < LONGEST_MS - IDLE_MS:
            world.now_ms += IDLE_MS - 1
            assert (await browser.get(OVERVIEW)).status_code == 200
        world.now_ms = started + LONGEST_MS
        assert (await browser.get(OVERVIEW)).status_code == 303
    async with world.signed_in(OWNER) as browser:
        world.now_ms += IDLE_MS
        assert (await browser.get(OVERVIEW)).status_code == 303


async def test_signing_out_ends_the_session_on_the_server_too(world: World) -> None:
    async with world.signed_in(OWNER) as browser, world.browser() as copy:
        copy.http.cookies.update(browser.http.cookies)
        assert (await copy.get(OVERVIEW)).status_code == 200
        await browser.post("/sign-out", form=await browser.token())

        assert (await copy.get(OVERVIEW)).status_code == 303


async def test_signing_out_everywhere_ends_all_of_a_persons_sessions(world: World) -> None:
    async with world.signed_in(OWNER) as browser, world.signed_in(OWNER) as elsewhere:
        await browser.post("/sign-out-everywhere", form=await browser.token())

        assert (await elsewhere.get(OVERVIEW)).status_code == 303


async def test_while_tablestore_is_away_no_one_is_let_in(world: World) -> None:
    async with world.signed_in(OWNER) as browser:
        world.rows.away = True

        assert (await browser.get(OVERVIEW)).status_code == 303


async def test_a_changed_cookie_is_none(world: World) -> None:
    async with world.signed_in(OWNER) as browser:
        value = browser.http.cookies["__Host-rag-session"]
        browser.http.cookies.set("__Host-rag-session", value[:-2] + "xx", domain="console.example")

        assert (await browser.get(OVERVIEW)).status_code == 303


async def test_dingtalks_tokens_are_kept_nowhere(world: World) -> None:
    async with world.browser() as browser:
        await browser.sign_in(OWNER)
        kept = str(world.rows.tables) + str(list(browser.http.cookies.jar)) + str(world.log)
    tokens = list(world.dingtalk.app.logins._codes._tokens)
    assert len(tokens) == 1
    assert not any(token in kept for token in tokens)
    assert URL not in kept
