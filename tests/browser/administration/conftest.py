"""The administrators' console in a real browser, in front of the whole local system with some history."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.administration.running import (
    AUDITOR,
    BOT,
    CURATOR,
    OPERATOR,
    OWNER,
    STAFF,
    STRANGER,
    Administration,
    running_with_history,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Browser, Page


__all__ = ["AUDITOR", "BOT", "CURATOR", "OPERATOR", "OWNER", "STAFF", "STRANGER", "Administration", "SignIn"]

_PATIENCE_MS = 60_000


class SignIn(Protocol):
    """Opens a window and signs a person in."""

    def __call__(
        self,
        nick: str,
        *,
        width: int = 1280,
        height: int = 860,
        scheme: str = "light",
        language: str = "zh-CN",
    ) -> AbstractAsyncContextManager[Page]:
        """The page in it, at the overview."""
        ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def administration() -> AsyncIterator[Administration]:
    """One system for all tests of the console."""
    async with running_with_history() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def sign_in(browser: Browser, administration: Administration) -> SignIn:
    """Windows in which nothing is asked of a foreign host and the console of the browser stays empty."""

    @asynccontextmanager
    async def opened(
        nick: str, *, width: int = 1280, height: int = 860, scheme: str = "light", language: str = "zh-CN"
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=language,
            reduced_motion="reduce",
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        foreign: list[str] = []
        ours = {urlsplit(administration.url).netloc, urlsplit(administration.system.dingtalk.url).netloc}
        page.on(
            "request",
            lambda request: (
                foreign.append(request.url)
                if urlsplit(request.url).scheme in ("http", "https")
                and urlsplit(request.url).netloc not in ours
                else None
            ),
        )
        await page.goto(administration.url)
        await page.locator("a.primary").click()
        await page.get_by_role("link", name=nick, exact=True).click()
        await expect(page.locator("main h1")).to_be_visible()
        yield page
        await context.close()
        assert foreign == []
        assert [one for one in problems if "status of 40" not in one] == []

    return opened
