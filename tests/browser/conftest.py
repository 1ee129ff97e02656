"""The page in a real browser, in front of the whole system."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from devserver.running import running
from devserver.settings import Settings
from emulators.dingtalk import Person
from tests.busy_machine import patient_bots, patient_pushes
from tests.demo_people import is_stable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import ViewportSize

    from devserver.system import LocalSystem
    from emulators.dingtalk import Conversation

# The first is Chromium without windows, for which the same pages are a quarter less work.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
# What a browser does on its own account, and what a container does not allow it.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The browser says so by itself; the page cannot keep it from doing that.
_OF_A_LOST_CONNECTION = re.compile(r"net::ERR_|status of 503")
_PATIENCE_MS = 60_000
# Five seconds otherwise, which is not enough for a cold function on a busy machine.
expect.set_options(timeout=_PATIENCE_MS)
_numbers = count(1)


class Window(Protocol):
    """Opens a browser window and waits until the page has connected."""

    def __call__(
        self, url: str, *, width: int = 1280, height: int = 800
    ) -> AbstractAsyncContextManager[Page]:
        """The page in it."""
        ...


@dataclass
class Console:
    """The running system and its page's address."""

    system: LocalSystem
    url: str

    def newcomer(self) -> Person:
        """A person whose private chats are still empty."""
        number = next(one for one in _numbers if is_stable(f"browser{one:04d}"))
        person = Person(nick=f"同事{number}", staff_id=f"browser{number:04d}")
        return self.system.dingtalk.add_person(person)

    def unasked(self, question: str) -> str:
        """The question in words that no test has asked, so that no answer to it is kept."""
        return f"{question.rstrip('？')}（{next(_numbers)}）？"

    def group(self, *people: Person) -> Conversation:
        """A group of these people and every robot."""
        return self.system.dingtalk.add_group(f"浏览器群{next(_numbers)}", people)


@pytest.fixture(scope="session", autouse=True)
def _patient_pushes() -> Iterator[None]:
    with patient_pushes():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console() -> AsyncIterator[Console]:
    """The system, answering fast enough for a test and slow enough to be watched."""
    async with running(
        Settings(change_bots=patient_bots, piece_delay=0.01, qps=None, monthly_calls=None)
    ) as (system, url):
        yield Console(system, url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """An installed Chromium; CHROMIUM says which."""
    async with async_playwright() as playwright:
        path = _chromium(playwright.chromium.executable_path)
        if path is None:
            pytest.skip("there is no Chromium: install one, or name it in the variable CHROMIUM")
        one = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield one
        await one.close()


def _chromium(bundled: str) -> str | None:
    if named := os.environ.get("CHROMIUM"):
        return named
    if Path(bundled).exists():
        return bundled
    return next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture
def window(browser: Browser) -> Window:
    """Opens browser windows; leaving one finds no error in its console."""

    @asynccontextmanager
    async def connected(url: str, *, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
        viewport: ViewportSize = {"width": width, "height": height}
        context = await browser.new_context(viewport=viewport, reduced_motion="reduce")
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        await page.goto(url)
        await page.locator("#connection[data-state=live]").wait_for(state="attached")
        yield page
        await context.close()
        assert [one for one in problems if not _OF_A_LOST_CONNECTION.search(one)] == []

    return connected


@pytest_asyncio.fixture(loop_scope="session")
async def page(window: Window, console: Console) -> AsyncIterator[Page]:
    """A window of its own for each test."""
    async with window(console.url) as one:
        yield one
    console.system.faults.switch_off()
    # A test that ends before its question does must not disturb the next one.
    await console.system.functions.idle()
