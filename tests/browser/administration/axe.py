"""axe-core, the accessibility checker: from npm, in a cache folder outside the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rag-on-dingtalk" / "axe"
FILE = _CACHE / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map((one) =>
  [one.id, one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 120)}`)]))"""


def script() -> str:
    """Its source; without it the test is skipped."""
    try:
        return FILE.read_text(encoding="utf-8")
    except OSError:
        pytest.skip("axe-core is not here: `make axe` installs it (needs npm)")


async def violations(page: Page, source: str) -> Any:
    """What is wrong on the page: rule → where."""
    await page.evaluate(source)
    return await page.evaluate(_RUN)
