from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import PlainTextResponse

from devserver.page.guard import Guard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def page() -> AsyncIterator[httpx.AsyncClient]:
    guarded = Guard(PlainTextResponse("hello"))
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765"])
async def test_our_own_names_are_let_in(page: httpx.AsyncClient, host: str) -> None:
    response = await page.get("/", headers={"Host": host})

    assert (response.status_code, response.text) == (200, "hello")


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example:8765",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost:1",
        "127.0.0.1.attacker.example:8765",
        "",
    ],
)
async def test_a_name_that_somebody_pointed_here_is_refused(page: httpx.AsyncClient, host: str) -> None:
    response = await page.get("/", headers={"Host": host})

    assert response.status_code == 403
    assert "http://127.0.0.1:8765" in response.json()["error"]


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=json"]
)
async def test_what_a_foreign_page_could_post_is_refused(page: httpx.AsyncClient, kind: str) -> None:
    response = await page.post("/", content=b"{}", headers={"Content-Type": kind})

    assert response.status_code == 415
    assert "application/json" in response.json()["error"]


async def test_json_may_be_posted(page: httpx.AsyncClient) -> None:
    response = await page.post(
        "/", content=b"{}", headers={"Content-Type": "application/json; charset=utf-8"}
    )

    assert response.status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "attacker.example"])
async def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(
    page: httpx.AsyncClient, host: str
) -> None:
    headers = (await page.get("/", headers={"Host": host})).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
