"""Pictures of every page for docs/console, in Chinese: `make console-pictures`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    Way = str | Callable[[Page, str], Awaitable[None]]

DOCS = Path(__file__).parents[3] / "docs" / "console"


async def _question(page: Page, base: str) -> None:
    await page.goto(f"{base}questions?words=1")
    await page.locator("tr", has_text="VPN").first.get_by_role("link").first.click()
    await page.wait_for_load_state()


async def _grant(page: Page, base: str) -> None:
    await page.goto(f"{base}access")
    await page.locator("select[name=department]").select_option("200")
    await page.locator("form.form input[name=why]").fill("季度审计")
    await page.locator("form.form button.primary").click()
    await page.wait_for_load_state()


async def start_a_run(page: Page, base: str) -> None:
    """To what a run of two questions would do; the one under way is stopped."""
    await page.goto(f"{base}evaluation")
    stop = page.locator('a[href*="what=stop"]')
    if await stop.count():
        await stop.click()
        await page.locator("input[name=why]").fill("换一份清单")
        await page.locator("form.form button").click()
        await page.wait_for_load_state()
    await page.locator('a[href$="evaluation/start"]').click()
    await page.locator("input[name=name]").fill("请假与考勤")
    lines = "年假有几天？ | 天\n忘记打卡怎么办？ | 补卡 / 补签 | | 罚款"
    await page.locator("textarea[name=questions]").fill(lines)
    await page.locator("form.form button.primary").click()
    await page.wait_for_load_state()


#: Name → address below the bot's, or the way to it.
PAGES: tuple[tuple[str, Way], ...] = (
    ("overview", "overview"),
    ("questions", "questions?words=1"),
    ("question", _question),
    ("gaps", "gaps"),
    ("skills", "skills?ask=年假有几天"),
    ("write", "skills/write"),
    ("evaluation", "evaluation"),
    ("run", start_a_run),
    ("run-form", "evaluation/start"),
    ("access", "access"),
    ("grant", _grant),
    ("simulator", "simulator?user=user0001&question=VPN&run=1"),
    ("limits", "limits"),
    ("canary", "canary"),
    ("incidents", "incidents"),
    ("audit", "audit"),
    ("health", "health"),
    ("settings", "settings"),
)


async def opened(page: Page, base: str, way: Way) -> None:
    """Go there; base: the bot's address with a slash at its end."""
    if isinstance(way, str):
        await page.goto(base + way)
    else:
        await way(page, base)


async def _take() -> None:
    from tests.browser.administration.running import OWNER, running_with_history

    DOCS.mkdir(parents=True, exist_ok=True)
    async with running_with_history() as administration, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(
            locale="zh-CN", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )
        await page.goto(administration.url)
        await page.screenshot(path=DOCS / "sign-in.png")
        await page.locator("a.primary").click()
        await page.get_by_role("link", name=OWNER, exact=True).click()
        await page.wait_for_url("**/overview")
        for name, way in PAGES:
            await opened(page, administration.address(""), way)
            await page.screenshot(path=DOCS / f"{name}.png")
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(administration.address("overview"))
        await page.screenshot(path=DOCS / "phone.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_take())
