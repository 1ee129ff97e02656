"""Skills, experts and gaps in the page: what people tap, and what they read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_chat import ask, become, card, open_chat

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOT = "团队助手"
DOGS = ("宠物狗可以带来吗？", "请问宠物狗可以带来吗", "宠物狗可以带来")


async def tap(page: Page, console: Console, name: str) -> None:
    """Returns when all that follows is done, however long an instance takes to start."""
    await page.get_by_role("button", name=name, exact=True).last.click()
    await console.system.functions.idle()


async def says(page: Page, console: Console, text: str) -> None:
    """The same for a message."""
    await ask(page, text)
    await expect(page.locator(".entry.mine").last).to_be_visible()
    await console.system.functions.idle()


async def test_a_room_is_booked_with_taps_and_a_leave_balance_looked_up(page: Page, console: Console) -> None:
    await page.locator("#person").select_option("小明")
    await open_chat(page, BOT)
    await says(page, console, "帮我订明天的会议室")
    await expect(card(page, "FINISHED").last).to_contain_text("订哪间会议室")
    await tap(page, console, "上海厅")
    await expect(card(page, "FINISHED").last).to_contain_text("确认吗")
    await tap(page, console, "确认")
    await expect(card(page, "FINISHED").last).to_contain_text("订好了")
    await expect(card(page, "FINISHED").last).to_contain_text("B0001")
    assert [room for room, _ in console.system.company.bookings] == ["上海厅"]

    await says(page, console, "/leave")
    await expect(card(page, "FINISHED").last).to_contain_text("还剩 7 天")


async def test_a_gap_is_closed_with_two_taps_and_the_next_asker_is_answered(
    page: Page, console: Console
) -> None:
    for text in DOGS:
        person = console.newcomer()
        await become(page, console, person)
        await open_chat(page, BOT)
        await says(page, console, text)
        await expect(page.get_by_role("button", name="转给专家")).to_be_visible()

    await page.locator("#person").select_option("小红")
    await open_chat(page, BOT)
    await says(page, console, "/gaps")
    await expect(card(page, "FINISHED").last).to_contain_text("3 人问了 3 次")
    await tap(page, console, "补充答案")
    request = page.locator(".entry", has_text="请为这个问题写一个答案").last
    await expect(request).to_be_visible()
    found = re.search(r"/answer (t[0-9a-f]{31})", await request.inner_text())
    assert found is not None
    await says(page, console, f"/answer {found[1]} 周五可以带宠物狗，请牵绳。")
    await expect(card(page, "FINISHED").last).to_contain_text("周五可以带宠物狗")
    await tap(page, console, "发布")
    await expect(page.locator(".entry", has_text="已发布").last).to_be_visible()

    # Who had asked is told; the next one is answered at once.
    await page.locator("#person").select_option(person.nick)
    await open_chat(page, BOT)
    await expect(page.locator(".entry", has_text="现在有答案了").last).to_be_visible()
    await become(page, console, console.newcomer())
    await open_chat(page, BOT)
    await says(page, console, "宠物狗可以带来吗")
    await expect(card(page, "FINISHED").last).to_contain_text("周五可以带")
    await expect(card(page, "FINISHED").last).to_contain_text("由 user0002 审核")


async def test_an_expert_answers_and_the_asker_reads_the_expert_s_name(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await open_chat(page, BOT)
    await says(page, console, "鹦鹉谁来喂？")
    await tap(page, console, "转给专家")
    await expect(page.locator(".entry", has_text="已转给专家").last).to_be_visible()

    await page.locator("#person").select_option("小红")
    await open_chat(page, BOT)
    request = page.locator(".entry", has_text="鹦鹉谁来喂").last
    found = re.search(r"/answer (t[0-9a-f]{31})", await request.inner_text())
    assert found is not None
    await says(page, console, f"/answer {found[1]} 前台的同事喂。")
    await expect(page.locator(".entry", has_text="已转给提问的人").last).to_be_visible()

    await page.locator("#person").select_option(person.nick)
    await open_chat(page, BOT)
    await expect(card(page, "FINISHED").last).to_contain_text("小红 回答了你")
    await expect(card(page, "FINISHED").last).to_contain_text("前台的同事喂")
