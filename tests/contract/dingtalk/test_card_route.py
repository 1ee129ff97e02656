"""`register-cards` against DingTalk's side."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.cli.deploying import register_cards
from rag_on_dingtalk.dingtalk.cards.card_route import Registration, register_card_route
from rag_on_dingtalk.errors import ConfigurationError, DingTalkError
from rag_on_dingtalk.settings.secret import Secret
from tests.builders import an_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

BOTS = """
bots:
  handbook:
    dingtalk:
      client_id: ding1
      client_secret: env:CLIENT
      path_secret: env:PATH_SECRET
      card_callback: {secret: env:CARD, route: handbook-prod}
    backend: &backend {kind: dify, base_url: https://dify.example.com/v1, api_key: env:KEY}
  silent:
    dingtalk: {client_id: ding2, client_secret: env:CLIENT}
    backend: *backend
"""
CLIENT, CARD, PATH_SECRET = "client-s3cret", "card-s3cret", "example-p4th-s3cret"


@pytest_asyncio.fixture
async def side() -> AsyncIterator[DingTalkSide]:
    robots = [RobotApp("handbook", "ding1", CLIENT), RobotApp("silent", "ding2", CLIENT)]
    side = DingTalkSide(robots=robots, faults=FaultBoard())
    await side.start()
    yield side
    await side.stop()


@pytest.fixture
def run(tmp_path: Path, side: DingTalkSide, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, as `python -m rag_on_dingtalk` runs it."""
    file = tmp_path / "bots.yaml"
    file.write_text(BOTS)
    environ = {"DINGTALK_API_URL": side.url, "CLIENT": CLIENT, "CARD": CARD, "PATH_SECRET": PATH_SECRET}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    register_cards.add(parser.add_subparsers())

    async def command(*arguments: str) -> int:
        parsed = parser.parse_args(["register-cards", str(file), *arguments])
        # It brings an event loop of its own.
        return int(await asyncio.to_thread(parsed.run, parsed))

    return command


async def test_clicks_lead_to_the_bots_own_address(
    run: Any, side: DingTalkSide, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("--url", "https://edge.example.com/") == 0

    (callback,) = side._tenant.callbacks.values()
    assert callback.url == f"https://edge.example.com/cards/handbook/{PATH_SECRET}"
    assert callback.api_secret == CARD
    assert capsys.readouterr().out.splitlines() == [
        "handbook: route handbook-prod leads to https://edge.example.com.",
        "silent: has no card_callback, nothing to register.",
    ]


async def test_running_it_again_changes_nothing(run: Any) -> None:
    assert [await run("--url", "https://edge.example.com") for _ in range(2)] == [0, 0]


async def test_a_route_that_leads_elsewhere_is_left_so_unless_told_otherwise(
    run: Any, side: DingTalkSide, capsys: pytest.CaptureFixture[str]
) -> None:
    await run("--url", "https://old.example.com")
    capsys.readouterr()

    assert await run("--url", "https://new.example.com") == 1
    assert "leads to https://old.example.com" in capsys.readouterr().out
    assert side._tenant.callbacks["handbook-prod"].url.startswith("https://old.example.com/")

    assert await run("--url", "https://new.example.com", "--replace") == 0
    assert "leads to https://new.example.com now. Before: https://old.example.com." in capsys.readouterr().out
    assert side._tenant.callbacks["handbook-prod"].url.startswith("https://new.example.com/")


async def test_a_new_secret_is_a_change_too(
    run: Any, side: DingTalkSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run("--url", "https://edge.example.com")
    monkeypatch.setenv("CARD", "n3w-s3cret")

    assert await run("--url", "https://edge.example.com") == 1
    assert await run("--url", "https://edge.example.com", "--replace") == 0
    assert side._tenant.callbacks["handbook-prod"].api_secret == "n3w-s3cret"


async def test_no_secret_is_printed(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("https://old.example.com", "https://new.example.com"):
        await run("--url", url)
        await run("--url", url, "--replace")

    assert "s3cret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("url", ["edge.example.com", "ftp://x", "https://", "https://edge.example.com/robot"])
async def test_an_address_that_is_none_is_refused(run: Any, url: str) -> None:
    with pytest.raises(ConfigurationError, match="Give scheme and host only"):
        await run("--url", url)


def answering(*answers: httpx.Response) -> OpenApi:
    """DingTalk as the documentation tells it, where the other side does not do so."""
    left = [httpx.Response(200, json={"accessToken": "t", "expireIn": 7200}), *answers]
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: left.pop(0)))

    return an_api(http, "http://dingtalk.test", secret=CLIENT)


def taken() -> httpx.Response:
    return httpx.Response(500, json={"code": "param.callbackRouteKeyExist", "message": "exists"})


async def register(api: OpenApi, *, replace: bool) -> Registration:
    url, secret = "https://edge.example.com/cards/x", Secret(CARD)
    return await register_card_route(api, route="r", url=url, secret=secret, replace=replace)


async def test_an_existing_route_may_also_be_an_error() -> None:
    assert await register(answering(taken(), taken(), taken()), replace=False) == Registration("taken")

    done = httpx.Response(200, json={"success": True})
    assert await register(answering(taken(), taken(), taken(), done), replace=True) == Registration(
        "replaced"
    )


async def test_any_other_refusal_is_raised() -> None:
    refusal = httpx.Response(403, json={"code": "Forbidden.AccessDenied", "message": "no"})

    with pytest.raises(DingTalkError, match=r"Forbidden\.AccessDenied"):
        await register(answering(refusal), replace=True)
