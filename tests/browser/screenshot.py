"""Makes the pictures in docs/ anew: `.venv/bin/python -m tests.browser.screenshot`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from devserver.running import running
from devserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, Page

    Flow = Callable[[Page], Awaitable[None]]

QUESTION = "最新的差旅报销标准是什么？"
#: What people see: file → the question whose card it shows.
CARDS = {
    "writing.png": "出差回来怎么报销？",
    "table.png": "会议室一览：有哪些会议室？",
    "picture.png": "五楼平面图是怎样的？银河和北斗在哪里？",
    "refused.png": "量子计算机多少钱一台？",
}


async def main(folder: Path) -> None:
    async with running(Settings(), port=0, page=True) as (_, url), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = await _page(browser, url, width=1280, height=1000)
        await page.click(f"text={QUESTION}")
        await page.locator(".card[data-state=FINISHED]").wait_for()
        await page.click("#tab-turns")
        await page.locator("text=完成").first.wait_for()
        await page.wait_for_timeout(500)
        await page.screenshot(path=folder / "console.png")
        (folder / "replies").mkdir(exist_ok=True)
        for name, question in CARDS.items():
            await _show_card(browser, url, question, folder / "replies" / name)
        for name, play in FLOWS.items():
            await _show_flow(browser, url, play, folder / "replies" / name)
        await browser.close()


async def _show_card(browser: Browser, url: str, question: str, path: Path) -> None:
    page = await _page(browser, url, width=760, height=900)
    await page.fill("#text", "/new")
    await page.press("#text", "Enter")
    cards = await page.locator(".card").count()
    await page.fill("#text", question)
    await page.press("#text", "Enter")
    card = page.locator(".card").nth(cards)
    await card.wait_for()
    if path.name == "writing.png":
        grown = "n => document.querySelectorAll('.card')[n].innerText.length > 120"
        await page.wait_for_function(grown, arg=cards)
    else:
        await page.locator(".card[data-state=FINISHED]").nth(cards).wait_for()
        await page.wait_for_timeout(500)
    await card.screenshot(path=path)
    await page.close()


async def _show_flow(browser: Browser, url: str, play: Flow, path: Path) -> None:
    """The end of a chat, after a person did something in it."""
    page = await _page(browser, url, width=760, height=1300)
    await page.locator("#connection[data-state=live]").wait_for()
    await play(page)
    await page.locator(".card[aria-busy=true]").wait_for(state="detached")
    await page.wait_for_timeout(500)
    shown = page.locator(".card").last if path.name in _LAST_CARD else page.locator("#entries")
    await shown.screenshot(path=path)
    await page.close()


async def _say(page: Page, text: str) -> None:
    before = await page.locator(".entry").count()
    await page.fill("#text", text)
    await page.click("#send")
    await page.locator(".entry").nth(before).wait_for()


async def _answered(page: Page, cards: int) -> None:
    """One card more than there were, and all of it."""
    await page.locator(".card[data-state=FINISHED]").nth(cards).wait_for()


async def _refer(page: Page, words: str, how: str) -> None:
    entry = page.locator(".entry.mine", has_text=words).last
    await entry.hover()
    await entry.get_by_role("button", name=how).click()


async def _quote(page: Page) -> None:
    await page.select_option("#person", "小红")
    await _say(page, "婚假有几天？")
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await _answered(page, cards)
    await _refer(page, "婚假有几天？", "回复")
    await _say(page, "产假也一样吗？")
    await _answered(page, cards + 1)


async def _record(page: Page) -> None:
    await _group(page)
    await page.uncheck("#to-bot")
    await _say(page, "婚假有几天来着？")
    await _say(page, "好像晚婚的不一样。")
    await page.check("#to-bot")
    await _refer(page, "婚假有几天", "转发")
    await _refer(page, "晚婚", "转发")
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await page.click("#send")
    await _answered(page, cards)


async def _mention(page: Page) -> None:
    await _group(page)
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await _say(page, "请问 @小红 的婚假有几天？")
    await _answered(page, cards)


async def _picture_first(page: Page) -> None:
    cards = await page.locator(".card[data-state=FINISHED]").count()
    picture = Path(__file__).parents[2] / "emulators/rag_server/handbook/pictures/fifth-floor.png"
    await page.set_input_files("#files", picture)
    await page.click("#send")
    await page.locator(".entry", has_text="图片收到了").last.wait_for()
    await _say(page, "五楼平面图上银河在哪里？")
    await _answered(page, cards)


async def _refusal(page: Page) -> None:
    await _team(page, "小明")
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await _say(page, "VPN 连不上怎么办？")
    await _answered(page, cards)


async def _request(page: Page) -> None:
    await _team(page, "小明")
    await page.get_by_role("button", name="申请权限").last.click()
    await _team(page, "小红")
    await page.locator(".card", has_text="申请使用").last.wait_for()


async def _approved(page: Page) -> None:
    await _team(page, "小红")
    await page.get_by_role("button", name="批准 1 天").last.click()
    await _team(page, "小明")
    await page.locator(".card", has_text="批准了").last.wait_for()
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await page.get_by_role("button", name="再问一次").last.click()
    await _answered(page, cards)


async def _team(page: Page, person: str) -> None:
    await page.select_option("#person", person)
    await page.locator(".conversation", has_text="团队助手").click()
    await page.locator("#chat-title", has_text="团队助手").wait_for()


async def _group(page: Page) -> None:
    await page.locator(".conversation", has_text="差旅咨询群").click()
    await page.locator("#chat-title", has_text="差旅咨询群").wait_for()


#: Of these the last card says it all.
_LAST_CARD = ("access-refusal.png", "access-request.png")
#: What people send: file → what is done in a chat before it is drawn.
FLOWS: dict[str, Flow] = {
    "quote.png": _quote,
    "record.png": _record,
    "mention.png": _mention,
    "picture-first.png": _picture_first,
    "access-refusal.png": _refusal,
    "access-request.png": _request,
    "access-approved.png": _approved,
}


async def _page(browser: Browser, url: str, *, width: int, height: int) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=1.5, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(url)
    return page


if __name__ == "__main__":
    asyncio.run(main(Path(__file__).parents[2] / "docs"))
