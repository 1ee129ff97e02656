"""Makes the pictures in docs/ anew: `.venv/bin/python -m tests.browser.screenshot`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from local.running import running
from local.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

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


async def _page(browser: Browser, url: str, *, width: int, height: int) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=1.5, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(url)
    return page


if __name__ == "__main__":
    asyncio.run(main(Path(__file__).parents[2] / "docs"))
