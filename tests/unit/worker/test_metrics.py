"""`/metrics` and `/healthz`: which requests are answered with what."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rag_on_dingtalk.console.metrics import MetricsApp
from rag_on_dingtalk.observability.days import hour_of
from rag_on_dingtalk.settings.sections.dingtalk import Budget, DingTalkApp
from tests.builders import NOW_MS, a_bot
from tests.in_process import MemoryRows

TOKEN = "0123456789abcdef"
BOT = a_bot(dingtalk=DingTalkApp(client_id="d", client_secret="env:S", budget=Budget(monthly_calls=5_000)))


def client(rows: MemoryRows, token: str = TOKEN) -> httpx.AsyncClient:
    over: Any = rows
    app: Any = MetricsApp(
        {"handbook": BOT}, over, token=token, clock=lambda: NOW_MS, log=lambda *_, **__: None
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://console.example")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_with_the_token_it_tells_the_day_the_incidents_and_the_calls_left() -> None:
    rows = MemoryRows()
    rows.tables["stats"] = {
        ("handbook", hour_of(NOW_MS)): {"asked": 2, "outcome_answered": 2},
        ("handbook", "2020-01-01T00"): {"asked": 9, "outcome_answered": 9},
        ("handbook2", hour_of(NOW_MS)): {"asked": 9, "outcome_answered": 9},
    }
    rows.tables["incidents"] = {("handbook", "backend"): {"state": "open"}}
    async with client(rows) as http:
        answer = await http.get("/metrics", headers=bearer(TOKEN))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'rag_questions_total{bot="handbook",outcome="answered"} 2\n' in answer.text
    assert 'rag_incident_open{bot="handbook",kind="backend"} 1\n' in answer.text
    assert 'rag_dingtalk_calls_left{bot="handbook"} 5000\n' in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "token", "status"),
    [
        ("GET", "/metrics", {}, TOKEN, 401),
        ("GET", "/metrics", bearer(TOKEN[:-1]), TOKEN, 401),
        ("GET", "/metrics", {"Authorization": f"Basic {TOKEN}"}, TOKEN, 401),
        ("GET", "/metrics", bearer(""), "", 404),
        ("GET", "/metrics", bearer("short"), "short", 404),
        ("POST", "/metrics", bearer(TOKEN), TOKEN, 405),
        ("GET", "/other", bearer(TOKEN), TOKEN, 404),
        ("GET", "/healthz", {}, "", 200),
    ],
)
async def test_what_is_answered_to_others(
    method: str, path: str, headers: dict[str, str], token: str, status: int
) -> None:
    async with client(MemoryRows(), token) as http:
        answer = await http.request(method, path, headers=headers)

    assert answer.status_code == status
    assert "handbook" not in answer.text


@pytest.mark.parametrize("missing", ["away", "stats"])
async def test_without_tablestore_it_says_so(missing: str) -> None:
    rows = MemoryRows()
    rows.away, rows.missing = missing == "away", {missing}
    async with client(rows) as http:
        assert (await http.get("/metrics", headers=bearer(TOKEN))).status_code == 503
        assert (await http.get("/healthz")).status_code == 503
