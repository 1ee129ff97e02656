"""Replying, handing on, mentioning and talking past the bot, in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from rag_on_dingtalk import texts
from tests.browser.test_chat import ask, become, card, open_chat

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "婚假有几天？"


async def refer(entry: Locator, how: str) -> None:
    await entry.hover()
    await entry.get_by_role("button", name=how).click()


async def test_a_reply_to_a_message_shows_it_and_the_bot_reads_it(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await ask(page, QUESTION)
    await card(page, "FINISHED").wait_for()

    await refer(page.locator(".entry.mine").first, "回复")
    await expect(page.locator("#referred")).to_contain_text(f"回复 {person.nick}：{QUESTION}")
    await ask(page, "那产假呢？")

    await expect(page.locator(".entry.mine .quoted")).to_have_text(f"{person.nick}：{QUESTION}")
    await expect(page.locator("#referred")).to_be_hidden()
    await expect(page.locator(".card[data-state=FINISHED]")).to_have_count(2)
    assert console.system.knowledge.requests[-1].question == f"> {QUESTION}\n\n那产假呢？"


async def test_a_reply_without_words_can_be_sent(page: Page, console: Console) -> None:
    await become(page, console, console.newcomer())
    await ask(page, QUESTION)
    await card(page, "FINISHED").wait_for()
    await expect(page.locator("#send")).to_be_disabled()

    await refer(page.locator(".entry.mine").first, "回复")
    await page.locator("#send").click()

    await expect(page.locator(".card[data-state=FINISHED]")).to_have_count(2)
    assert console.system.knowledge.requests[-1].question == QUESTION


async def test_a_reply_can_be_taken_back(page: Page, console: Console) -> None:
    await become(page, console, console.newcomer())
    await ask(page, "/help")
    await refer(page.locator(".entry.mine").first, "回复")

    await page.locator("#unrefer").click()

    await expect(page.locator("#referred")).to_be_hidden()
    await expect(page.locator("#send")).to_be_disabled()


async def test_messages_are_handed_on_as_one_record(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await ask(page, QUESTION)
    await card(page, "FINISHED").wait_for()

    await refer(page.locator(".entry.mine").first, "转发")
    await refer(page.locator(".entry:not(.mine)").first, "转发")
    await expect(page.locator("#referred")).to_contain_text("转发 2 条消息")
    await page.locator("#send").click()

    await expect(page.locator(".entry.mine").nth(1)).to_contain_text(f"{person.nick}：{QUESTION}")
    await expect(page.locator(".card[data-state=FINISHED]")).to_have_count(2)
    asked = (console.system.knowledge.requests[-1].question or "").split("\n")
    assert asked[:2] == ["聊天记录", f"{person.nick}:{QUESTION}"]
    assert asked[2].startswith("员工手册助手:")


async def test_in_a_group_one_can_talk_past_the_bot(page: Page, console: Console) -> None:
    one, other = console.newcomer(), console.newcomer()
    group = console.group(one, other)
    await become(page, console, one)
    await open_chat(page, group.title)

    await page.locator("#to-bot").uncheck()
    await ask(page, "中午吃什么？")

    await expect(page.locator(".entry.mine .bubble")).to_have_text("中午吃什么？")
    await page.locator("#to-bot").check()
    await ask(page, "/help")
    await expect(page.locator(".entry:not(.mine)")).to_have_count(1)
    help_text = texts.Texts("zh").say("help", title="员工手册助手")
    await expect(page.locator(".entry:not(.mine)")).to_contain_text(help_text.split("。")[0])


async def test_people_are_mentioned_by_name(page: Page, console: Console) -> None:
    one, other = console.newcomer(), console.newcomer()
    group = console.group(one, other)
    await become(page, console, one)
    await open_chat(page, group.title)

    await ask(page, f"请问 @{other.nick} 的婚假有几天？")

    await card(page, "FINISHED").wait_for()
    assert console.system.knowledge.requests[-1].question == f"请问 @{other.nick} 的婚假有几天？"
