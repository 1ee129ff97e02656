"""Makes docs/demo.webp, the moving picture of both READMEs: `make picture`.

A real question to the real system on this machine, taken as a person sees it: typed, a card that grows, its
sources, and a second question that only makes sense after the first one.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.async_api import async_playwright

from devserver.running import running
from devserver.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Page

PICTURE = Path(__file__).parents[2] / "docs" / "demo.webp"
QUESTIONS = ("最新的差旅报销标准是什么？", "那一线城市的住宿呢？")
_WIDTH, _HEIGHT = 900, 580
#: How long a frame stands, and the last one, before it begins anew.
_FRAME_MS = 120
_LAST_MS = 4000
_TYPED_MS = 70


class Camera:
    """Takes the page again and again, and keeps a picture only when it differs from the one before."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pictures: list[Image.Image] = []
        self._durations: list[int] = []

    async def take(self) -> None:
        """One frame."""
        taken = await self._page.screenshot(clip={"x": 0, "y": 0, "width": _WIDTH, "height": _HEIGHT})
        picture = Image.open(io.BytesIO(taken)).convert("RGB")
        if self._pictures and picture.tobytes() == self._pictures[-1].tobytes():
            self._durations[-1] += _FRAME_MS
            return
        self._pictures.append(picture)
        self._durations.append(_FRAME_MS)

    async def run(self, done: asyncio.Event) -> None:
        """Frames until it is done."""
        while not done.is_set():
            await self.take()
            await asyncio.sleep(_FRAME_MS / 1000)

    def write(self, path: Path) -> None:
        """All frames, over and over."""
        durations = [min(duration, 1500) for duration in self._durations]
        durations[-1] = _LAST_MS
        first, *others = self._pictures
        first.save(
            path, save_all=True, append_images=others, duration=durations, loop=0, quality=70, method=6
        )


async def ask(page: Page, question: str) -> None:
    """Type it as a person does, and wait until its card is whole."""
    cards = await page.locator(".card[data-state=FINISHED]").count()
    await page.click("#text")
    await page.keyboard.type(question, delay=_TYPED_MS)
    await page.press("#text", "Enter")
    await page.locator(".card[data-state=FINISHED]").nth(cards).wait_for()
    await page.wait_for_timeout(1200)


async def main(path: Path) -> None:
    """Ask both questions before the camera."""
    async with running(Settings(), port=0, page=True) as (_, url), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = await browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        await page.goto(url)
        await page.locator("#connection[data-state=live]").wait_for(state="attached")
        camera, done = Camera(page), asyncio.Event()
        filming = asyncio.create_task(camera.run(done))
        for question in QUESTIONS:
            await ask(page, question)
        done.set()
        await filming
        await browser.close()
    camera.write(path)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a command's output
