"""What people see of answers that are given again, and of tiers, with the demo's second bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_chat import ask, become, card, open_chat

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOT = "团队助手"


async def _ask_as_a_newcomer(page: Page, console: Console, question: str) -> None:
    await become(page, console, console.newcomer())
    await open_chat(page, BOT)
    await ask(page, question)
    await card(page, "FINISHED").wait_for()


async def test_the_second_person_gets_the_first_ones_answer_and_may_have_it_looked_up_again(
    page: Page, console: Console
) -> None:
    question = console.unasked("婚假有几天？")
    await _ask_as_a_newcomer(page, console, question)
    await expect(page.get_by_role("button", name="重新回答")).to_be_visible()
    await expect(card(page, "FINISHED")).not_to_contain_text("刚刚的回答")

    await _ask_as_a_newcomer(page, console, question)
    await expect(card(page, "FINISHED")).to_contain_text("刚刚的回答 · 点「重新查询」可以再查一次")
    await page.get_by_role("button", name="重新查询").click()
    await expect(card(page, "FINISHED")).to_have_count(2)
    await expect(card(page, "FINISHED").last).not_to_contain_text("刚刚的回答")


async def test_a_hard_question_says_why_it_went_deeper_and_an_easy_one_may_be_sent_there(
    page: Page, console: Console
) -> None:
    await _ask_as_a_newcomer(page, console, console.unasked("年假和病假的区别是什么？"))
    await expect(card(page, "FINISHED")).to_contain_text("（由「深入」回答：问题里有指定的词）")
    await expect(page.get_by_role("button", name="更深入的回答")).to_have_count(0)

    await _ask_as_a_newcomer(page, console, console.unasked("忘记打卡几天内补？"))
    await page.get_by_role("button", name="更深入的回答").click()
    await expect(card(page, "FINISHED")).to_have_count(2)
    await expect(card(page, "FINISHED").last).to_contain_text("（由「深入」回答：你要更深入的回答）")
    await expect(page.get_by_role("button", name="已去问更深入的一档")).to_be_disabled()
