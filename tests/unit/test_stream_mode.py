"""What `mode: stream` changes: the settings that go with it, what the commands say, and the cards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from devserver.live.bots import live_bots
from rag_on_dingtalk.cli import main
from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
from rag_on_dingtalk.dingtalk.inbound.org_event import event_of, stream_body
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
from rag_on_dingtalk.doctor import bot as bot_doctor
from rag_on_dingtalk.doctor.dingtalk.stream import judge
from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.errors import ConfigurationError, DingTalkError
from rag_on_dingtalk.settings.bots_document import convert_bots
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate
from rag_on_dingtalk.setup.console import pasting
from tests.builders import a_question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bots

BACKEND = {"kind": "anythingllm", "base_url": "http://kb.test", "api_key": "env:KEY", "workspace": "w"}


def bots(**apps: Mapping[str, Any]) -> Bots:
    def app(more: Mapping[str, Any]) -> dict[str, Any]:
        return {"client_id": "ding1", "client_secret": "env:SECRET", **more}

    return convert_bots(
        {"bots": {name: {"dingtalk": app(more), "backend": BACKEND} for name, more in apps.items()}}
    )


def test_buttons_need_no_route() -> None:
    card = {"id": "ours.schema", "variable": "content", "buttons": True}

    assert bots(one={"mode": "stream", "card": card}).bots["one"].dingtalk.takes_clicks
    with pytest.raises(ConfigurationError, match="mode: stream"):
        bots(one={"card": card})


@pytest.mark.parametrize("modes", [("stream", "stream"), ("stream", "http"), ("http", "stream")])
def test_an_app_in_stream_mode_has_one_bot(modes: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="says nothing of its bots"):
        bots(one={"mode": modes[0]}, two={"mode": modes[1]})


def test_there_are_two_modes() -> None:
    assert bots(one={}).bots["one"].dingtalk.mode == "http"
    with pytest.raises(ConfigurationError, match=r"bots\.one\.dingtalk\.mode"):
        bots(one={"mode": "websocket"})


@pytest.mark.parametrize(("by_stream", "named"), [(True, ("STREAM", None)), (False, ("HTTP", "mine"))])
async def test_a_card_says_where_its_clicks_go(by_stream: bool, named: tuple[str, str | None]) -> None:  # noqa: FBT001
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("accessToken"):
            return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"success": True, "result": {"deliverResults": []}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        api = OpenApi(
            http=http, api_url="http://ding.test", client_id="c", client_secret=Secret("s"), clock=lambda: 0.0
        )
        cards = Cards(
            api=api,
            robot_code="r",
            template=CardTemplate(),
            callback_route="mine",
            frame_id=str,
            by_stream=by_stream,
        )
        await cards.create(a_question(), summary="…")

    assert (sent[0]["callbackType"], sent[0].get("callbackRouteKey")) == named


def written(tmp_path: Path) -> Path:
    file = tmp_path / "bots.yaml"
    file.write_text(
        "bots:\n  one:\n    dingtalk: {client_id: ding1, client_secret: 'env:SECRET', mode: stream}\n"
        "    backend: {kind: anythingllm, base_url: 'http://kb.test', api_key: 'env:KEY', workspace: w}\n"
    )
    return file


def test_check_says_that_pushes_come_through_the_bridge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--offline", str(written(tmp_path))]) == 0

    out = capsys.readouterr().out
    assert "through the bridge" in out
    assert "/robot/one" not in out


def test_there_is_nothing_to_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["register-cards", str(written(tmp_path)), "--url", "https://callback.test"]) == 0

    assert "clicks come by Stream" in capsys.readouterr().out


def test_setup_asks_for_stream_mode_and_for_no_address() -> None:
    told = "\n".join(pasting(bots(one={"mode": "stream"}), "", "rag-on-dingtalk-console"))

    assert "Stream 模式" in told
    assert "HTTP" not in told
    assert "address is known" not in told


async def test_doctor_asks_the_gateway_and_no_address() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.path.endswith("accessToken"):
            return httpx.Response(200, json={"accessToken": "t", "expireIn": 7200})
        if request.url.path.endswith("connections/open"):
            return httpx.Response(200, json={"endpoint": "ws://ding.test/connect", "ticket": "t1"})
        return httpx.Response(400, json={"code": "param.empty", "message": "…"})

    environ = {"SECRET": "s", "DINGTALK_API_URL": "http://ding.test", "DINGTALK_OAPI_URL": "http://ding.test"}
    around = bot_doctor.Surroundings(environ=environ, url="https://callback.test", people=(), run="r")
    bot = bots(one={"mode": "stream"}).bots["one"]
    async with Web(transport=httpx.MockTransport(answer)) as web:
        lines = {line.subject: line async for line in bot_doctor.examine("one", bot, around, web)}

    assert (lines["Stream gateway"].mark, lines["callback URL"].mark) == ("✓", "–")
    assert "callback registration" not in lines
    assert not any("callback.test" in url for url in asked)


def test_a_gateway_that_refuses_is_wrong() -> None:
    assert judge(DingTalkError("authFailed", "no", status=401)).mark == "✗"


def test_an_event_is_put_together_from_headers_and_data() -> None:
    headers = {
        "eventType": "user_leave_org",
        "eventId": "evt1",
        "eventBornTime": "1767225600000",
        "eventCorpId": "c",
    }
    # A field of the event's own with the same name, in another case, does not take their place.
    data = {"userId": ["u1"], "eventType": "chat_disband", "corpid": "x", "EVENTID": "y"}
    event = event_of(stream_body(data, headers), bot="one", fallback_id="f", now_ms=1)

    assert (event.type, event.event_id, event.corp_id) == ("user_leave_org", "evt1", "c")
    assert (event.user_ids, event.occurred_ms) == (("u1",), 1_767_225_600_000)


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_data_that_is_no_object_stays_what_it_is(data: object) -> None:
    assert stream_body(data, {"eventType": "x"}) == data


def test_live_takes_the_bot_of_the_app_or_the_only_one() -> None:
    environ = {"DINGTALK_CLIENT_ID": "ding2", "DINGTALK_CLIENT_SECRET": "s"}
    two = bots(one={"client_id": "ding1"}, two={"client_id": "ding2"})
    found = live_bots(two, environ, demo=False).bots
    only = live_bots(bots(one={"client_id": "ding1"}), environ, demo=False).bots

    assert list(found) == ["two"]
    assert only["one"].dingtalk.client_id == "ding2"
    assert only["one"].dingtalk.by_stream
    with pytest.raises(ConfigurationError, match="not clear which one"):
        live_bots(two, {**environ, "DINGTALK_CLIENT_ID": "ding3"}, demo=False)
