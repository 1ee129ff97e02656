"""Each page with data, on a phone, in the dark, in English: nothing that axe objects to, nothing too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from rag_on_dingtalk.console.routes import ROUTES
from tests.browser.administration import axe
from tests.browser.administration.conftest import BOT, OWNER
from tests.browser.administration.screenshots import PAGES, opened

if TYPE_CHECKING:
    from tests.browser.administration.conftest import Administration, SignIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_page_of_the_menu_is_looked_at() -> None:
    menu = {route.path.rpartition("/")[2] for route in ROUTES if route.menu is not None}

    assert menu <= {name for name, _ in PAGES}


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(1280, "light", "zh-CN"), (390, "dark", "en-GB")],
    ids=["desktop", "phone, dark, English"],
)
async def test_no_page_has_a_violation_or_is_wider_than_the_screen(
    sign_in: SignIn, administration: Administration, width: int, scheme: str, language: str
) -> None:
    source = axe.script()
    found: dict[str, object] = {}
    async with sign_in(OWNER, width=width, height=844, scheme=scheme, language=language) as page:
        for name, path in PAGES:
            await opened(page, administration.address(""), path)
            if wrong := await axe.violations(page, source):
                found[name] = wrong
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found[f"{name} is too wide"] = wide
    assert found == {}


async def test_a_phone_has_the_menu_behind_a_button_and_the_keyboard_reaches_it(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OWNER, width=390, height=844) as page:
        await page.goto(administration.address("overview"))
        await page.locator("summary", has_text="菜单").focus()
        await page.keyboard.press("Enter")
        link = page.locator("details.menu").get_by_role("link", name="审计")
        await expect(link).to_be_visible()
        await link.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="审计")).to_be_visible()


async def test_both_languages_are_one_tap_apart(sign_in: SignIn, administration: Administration) -> None:
    async with sign_in(OWNER) as page:
        await page.goto(administration.address("access"))
        await page.locator(".side > .who").get_by_role("link", name="English").click()
        await expect(page.get_by_role("heading", name="Access", exact=True)).to_be_visible()
        await page.locator(".side > .who").get_by_role("link", name="中文").click()
        await expect(page.get_by_role("heading", name="权限", exact=True)).to_be_visible()
        assert BOT in page.url
