"""Two people in the page: one is refused and asks for access, the other approves, and it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_chat import ask, become, card, open_chat

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "VPN 连不上怎么办？"
BOT = "团队助手"


async def test_a_refused_person_is_answered_after_three_taps(page: Page, console: Console) -> None:
    person = console.newcomer()
    taps = 0

    async def tap(name: str) -> None:
        nonlocal taps
        taps += 1
        await page.get_by_role("button", name=name, exact=True).last.click()

    await become(page, console, person)
    await open_chat(page, BOT)
    await ask(page, QUESTION)
    await expect(card(page, "FINISHED").last).to_contain_text("你没有「IT」的权限")
    await expect(card(page, "FINISHED").last).to_contain_text(person.staff_id)
    await expect(page.get_by_role("button", name="有帮助")).to_have_count(0)
    await tap("申请权限")
    await expect(page.get_by_role("button", name="已申请，等负责人处理")).to_be_disabled()
    await console.system.functions.idle()

    await page.locator("#person").select_option("小红")
    await open_chat(page, BOT)
    await expect(card(page, "FINISHED").last).to_contain_text(
        f"{person.nick}（{person.staff_id}）申请使用「IT」"
    )
    await tap("批准 1 天")
    await expect(page.get_by_role("button", name="已处理").last).to_be_disabled()
    await console.system.functions.idle()

    await page.locator("#person").select_option(person.nick)
    await open_chat(page, BOT)
    await expect(card(page, "FINISHED").last).to_contain_text("你的申请批准了")
    await tap("再问一次")
    await expect(card(page, "FINISHED").last).to_contain_text("691")
    assert taps <= 4


async def test_a_refusal_in_a_group_stands_in_the_askers_private_chat_alone(
    page: Page, console: Console
) -> None:
    person = console.newcomer()
    group = console.group(person, console.system.dingtalk.person("小红"))
    await become(page, console, person)
    await open_chat(page, group.title)
    await page.locator("#bot").select_option(label=BOT)
    await ask(page, QUESTION)
    # Only then has the page sent it.
    await expect(page.locator(".entry.mine .bubble")).to_contain_text(QUESTION)
    await console.system.functions.idle()

    await open_chat(page, BOT)
    await expect(card(page, "FINISHED").last).to_contain_text("你没有「IT」的权限")
    await open_chat(page, group.title)
    await expect(page.locator(".card")).to_have_count(0)
