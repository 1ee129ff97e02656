"""What helps a person who sees the page for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_chat import TRAVEL, ask, become, card

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Console, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["desktop", "phone"])
async def test_a_tour_of_four_steps_stays_in_sight_and_leaves_the_page_usable(
    window: Window, console: Console, width: int, height: int
) -> None:
    person = console.newcomer()
    async with window(console.url, width=width, height=height) as page:
        await page.locator("#person").select_option(person.nick)
        await page.get_by_role("button", name="四步看懂这个页面").click()
        tour = page.get_by_role("dialog")
        titles = []
        for step in range(1, 5):
            await expect(tour).to_contain_text(f"{step} / 4")
            titles.append(await tour.get_by_role("heading").text_content())
            await expect(tour).to_be_in_viewport(ratio=1)
            await expect(page.locator(".tour-target")).to_have_count(1)
            await page.keyboard.press("Enter")
        await expect(tour).to_be_hidden()
        assert len(set(titles)) == 4

        await page.get_by_role("button", name="四步看懂这个页面").click()
        await page.locator("#text").fill("年假有几天？")
        await page.keyboard.press("Escape")
        await expect(tour).to_be_hidden()
        await expect(page.locator("#text")).to_have_value("年假有几天？")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.locator(".topbar").evaluate("bar => bar.scrollHeight <= bar.clientHeight")


async def test_a_person_of_each_department_can_ask(page: Page, console: Console) -> None:
    directory = console.system.dingtalk.directory
    people = await page.locator("#person option").all_text_contents()

    departments = {one.name for one in directory.departments.values() if one.parent}
    assert departments <= {text.partition(" · ")[2] for text in people}


async def test_the_queue_names_questions_clicks_and_events_as_what_they_are(
    page: Page, console: Console
) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await ask(page, TRAVEL)
    await card(page, "FINISHED").wait_for()
    # The drawing is the page's own, whatever fonts there are.
    await expect(page.get_by_role("button", name="有帮助").locator("svg path")).to_have_count(1)
    await page.get_by_role("button", name="没帮助").click()
    await page.get_by_role("button", name="内容过时").click()
    await expect(page.get_by_role("button", name="没帮助")).to_have_attribute("aria-pressed", "true")

    queue = page.locator("#panel .item")
    await expect(queue.filter(has_text=f"提问{TRAVEL}").first).to_be_visible()
    await expect(queue.filter(has_text="点击没帮助：内容过时").first).to_contain_text(person.nick)
    await console.system.dingtalk.administration.leave(person)
    await expect(queue.filter(has_text="事件员工离职（user_leave_org）").first).to_be_visible()
