"""Signing in, and what is seen by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.administration.conftest import BOT, OPERATOR, OWNER, STAFF, STRANGER
from tests.hostile import HOSTILE

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.administration.conftest import Administration, SignIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_overview_shows_the_month_in_numbers_and_pictures(sign_in: SignIn) -> None:
    async with sign_in(OWNER) as page:
        await expect(page.get_by_role("heading", name="总览")).to_be_visible()
        await expect(page.locator(".tile").first).to_contain_text("提问")
        column = page.locator(".column").last
        await column.focus()
        await expect(column.locator(".tip")).to_be_visible()
        await page.get_by_text("看数字").first.click()
        await expect(page.locator("details[open] table tbody tr")).to_have_count(30)


async def test_an_owner_reads_a_questions_whole_life_and_it_is_text(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OWNER) as page:
        await page.get_by_role("link", name="提问").click()
        await expect(page.get_by_text(HOSTILE[0])).to_have_count(0)
        await page.get_by_role("link", name="显示原文").click()
        await page.locator("tr", has_text=HOSTILE[0]).first.get_by_role("link").click()
        await expect(page.locator(".bubble").first).to_have_text(HOSTILE[0])
        await expect(page.get_by_text("知识库给出第一段").first).to_be_visible()
        assert await page.evaluate("document.querySelectorAll('script:not([src])').length") == 0
    assert administration.url


async def test_an_operator_sees_that_there_are_words_and_not_the_words(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OPERATOR) as page:
        await page.goto(f"{administration.address('questions')}?words=1")
        await expect(page.locator(".masked").first).to_be_visible()
        await expect(page.get_by_text("你的角色看不到问题原文")).to_be_visible()
        await expect(page.get_by_text("年假有几天")).to_have_count(0)


async def test_a_person_without_a_role_is_told_what_to_ask_for(
    browser: Browser, administration: Administration
) -> None:
    page = await browser.new_page(locale="zh-CN")
    await page.goto(administration.url)
    await page.get_by_role("link", name="用钉钉登录").click()
    await page.get_by_role("link", name=STRANGER).click()
    await expect(page.get_by_text(STAFF[STRANGER])).to_be_visible()
    await page.close()


async def test_of_another_bot_nothing_is_shown(sign_in: SignIn, administration: Administration) -> None:
    async with sign_in(OWNER) as page:
        await page.goto(f"{administration.url}/bots/handbook/overview")
        await expect(page.get_by_text("你没有看这一页的权限")).to_be_visible()
        assert BOT != "handbook"


async def test_inside_dingtalk_there_is_nothing_to_press(
    browser: Browser, administration: Administration
) -> None:
    dingtalk = administration.system.dingtalk
    dingtalk.open_client(dingtalk.person(OWNER))
    context = await browser.new_context(locale="zh-CN", user_agent="Mozilla/5.0 AliApp(DingTalk/7.6.0)")
    page = await context.new_page()
    await page.goto(administration.address("questions"))
    await expect(page.get_by_role("heading", name="提问")).to_be_visible()
    await context.close()
    dingtalk.open_client(None)


async def test_a_session_that_was_ended_leads_to_the_door_and_back(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OWNER) as page:
        await page.context.clear_cookies()
        await page.goto(administration.address("questions"))
        await page.get_by_role("link", name="用钉钉登录").click()
        await page.get_by_role("link", name=OWNER, exact=True).click()
        await expect(page.get_by_role("heading", name="提问")).to_be_visible()
