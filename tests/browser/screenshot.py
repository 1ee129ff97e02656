"""Makes the README's picture anew: `.venv/bin/python -m tests.browser.screenshot docs/console.png`."""

from __future__ import annotations

import asyncio
import shutil
import sys

from playwright.async_api import async_playwright

from local.running import running
from local.settings import Settings

QUESTION = "最新的差旅报销标准是什么？"


async def main(path: str) -> None:
    async with running(Settings(), port=0, page=True) as (_, url), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        context = await browser.new_context(
            viewport={"width": 1280, "height": 1000}, device_scale_factor=1.5, reduced_motion="reduce"
        )
        page = await context.new_page()
        await page.goto(url)
        await page.click(f"text={QUESTION}")
        await page.locator(".card[data-state=FINISHED]").wait_for()
        await page.click("#tab-turns")
        await page.locator("text=完成").first.wait_for()
        await page.wait_for_timeout(500)
        await page.screenshot(path=path)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
