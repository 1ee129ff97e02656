"""A run of golden questions: begun by a person who knows no command, and followed by an open page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.administration import axe
from tests.browser.administration.conftest import BOT, CURATOR, OPERATOR
from tests.browser.administration.history import open_rows, write_run
from tests.browser.administration.screenshots import start_a_run

if TYPE_CHECKING:
    from tests.browser.administration.conftest import Administration, SignIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_curator_asks_golden_questions_and_sees_what_came_of_them(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(CURATOR) as page:
        await start_a_run(page, administration.address(""))
        await expect(page.get_by_text("2 个问题", exact=False)).to_be_visible()
        await page.get_by_label("为什么（会记入审计）").fill("改了知识库")
        await page.get_by_role("button", name="开始评测").click()
        await expect(page.get_by_text("已排队，马上开始。")).to_be_visible()
        await administration.system.functions.idle()
        # The page comes anew by itself when the run has ended.
        await expect(page.locator("tbody tr", has_text="请假与考勤").first).to_contain_text("/ 2")
        await expect(page.locator("[data-follow]")).to_have_count(0)


async def test_a_page_that_stays_open_follows_a_run_to_its_end(
    sign_in: SignIn, administration: Administration
) -> None:
    source = axe.script()
    rows = open_rows(administration.system)
    try:
        await write_run(rows, BOT)
        async with sign_in(OPERATOR) as page:
            await page.goto(administration.address("evaluation"))
            await expect(page.locator("[data-said]")).to_have_text("问完 12 / 40")
            assert await axe.violations(page, source) == []
            await write_run(rows, BOT, done=20)
            await expect(page.locator("[data-said]")).to_have_text("问完 20 / 40", timeout=60_000)
            await expect(page.locator("progress")).to_have_js_property("value", 20)
            await write_run(rows, BOT, done=20, state="stopped")
            await expect(page.get_by_text("这次评测被停止了。")).to_be_visible(timeout=60_000)
            await expect(page.get_by_text("20 / 40")).to_be_visible()
    finally:
        await rows.close()
