"""What every server on the loopback does, whatever it serves."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulators import serving

if TYPE_CHECKING:
    import pytest


async def _answer(_request: object) -> Response:
    return Response()


def test_an_answer_says_when_it_was_given_though_the_loop_stood_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fixture's loop stands still while tests of another loop run."""

    async def dates() -> list[str]:
        app = Starlette(routes=[Route("/", _answer)])
        server = serving.LoopbackServer(app)  # type: ignore[arg-type]  # uvicorn's own ASGI types
        await server.start()
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            before = (await http.get("/")).headers.get_list("date")
            # As if an hour had gone by at once.
            monkeypatch.setattr(serving, "formatdate", lambda *, usegmt: formatdate(3_600, usegmt=usegmt))
            after = (await http.get("/")).headers.get_list("date")
        await server.stop()
        return before + after

    before, after = asyncio.run(dates())

    assert after == "Thu, 01 Jan 1970 01:00:00 GMT"
    assert before != after
