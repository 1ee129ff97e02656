"""Pictures and files through the console's API, in front of DingTalk's side alone."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from devserver.page import console_app
from devserver.page.bodies import MAX_BODY, MOST_ATTACHMENTS
from emulators.dingtalk import DingTalkSide, InProcess, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.settings.bot import Bot, Bots
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from devserver.system import LocalSystem

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BOTS = Bots(
    bots={
        "travel": Bot(
            dingtalk=DingTalkApp(client_id="dingapp1", client_secret="env:A"),
            backend=AnythingLLM(base_url="http://127.0.0.1:1", api_key="env:B", workspace="handbook"),
        )
    }
)


@pytest.fixture
async def side() -> AsyncIterator[DingTalkSide]:
    bot = httpx.MockTransport(lambda _: httpx.Response(200))
    robot = RobotApp(name="travel", client_id="dingapp1", client_secret="s1", callback_url="http://bot.test/")
    one = DingTalkSide(robots=[robot], faults=FaultBoard(), in_process=InProcess("http://dingtalk.test", bot))
    yield one
    await one.stop()


@pytest.fixture
async def page(side: DingTalkSide) -> AsyncIterator[httpx.AsyncClient]:
    system = SimpleNamespace(dingtalk=side, bots=BOTS, running=True, backend_of=lambda _: "AnythingLLM")
    app = console_app(cast("LocalSystem", system), page=False)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        yield client


def attached(name: str, data: bytes) -> dict[str, str]:
    return {"name": name, "data": base64.b64encode(data).decode()}


async def say(page: httpx.AsyncClient, *attachments: dict[str, str], **said: Any) -> httpx.Response:
    body = {"person": "小明", "bot": "travel", "text": "", "attachments": attachments, **said}
    return await page.post("/api/say", json=body)


async def shown(page: httpx.AsyncClient) -> list[Any]:
    """The parts of every message in the order of the chats."""
    state = (await page.get("/api/state")).json()
    return [entry["parts"] for chat in state["conversations"] for entry in chat["entries"]]


async def test_a_picture_is_said_shown_and_served(page: httpx.AsyncClient) -> None:
    assert (await say(page, attached("a.png", PNG))).json()["delivered"]
    ((part,),) = await shown(page)
    answer = await page.get(f"/api/media/{part['id']}")

    assert part["kind"] == "picture"
    assert (answer.headers["content-type"], answer.content) == ("image/png", PNG)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers


async def test_words_and_pictures_are_one_message(page: httpx.AsyncClient, side: DingTalkSide) -> None:
    await say(page, attached("a.png", PNG), attached("b.png", PNG), text="看图", group=side.group().title)
    (parts,) = await shown(page)

    assert [part["kind"] for part in parts] == ["text", "picture", "picture"]
    assert side.group().messages[0].kind == "richText"


async def test_a_file_is_served_to_be_kept_and_not_to_be_opened(page: httpx.AsyncClient) -> None:
    data = b"<script>document.title = 1</script>"
    await say(page, attached("报销 制度.html", data))
    ((part,),) = await shown(page)
    answer = await page.get(f"/api/media/{part['id']}")

    assert part == {"kind": "file", "id": part["id"], "name": "报销 制度.html", "bytes": len(data)}
    assert (answer.headers["content-type"], answer.content) == ("application/octet-stream", data)
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E6%8A%A5%E9%94%80%20%E5%88%B6%E5%BA%A6.html"
    )


async def test_what_calls_itself_a_picture_and_is_none_is_a_file(page: httpx.AsyncClient) -> None:
    await say(page, attached("a.png", b"<svg onload=alert(1)>"))
    ((part,),) = await shown(page)

    assert part["kind"] == "file"


async def test_an_upload_is_served_by_its_media_id(page: httpx.AsyncClient, side: DingTalkSide) -> None:
    media_id = side.media.upload("image", "a.png", PNG, robot="travel", at=1.0).media_id

    assert (await page.get(f"/api/media/{media_id}")).content == PNG


async def test_nothing_is_served_that_is_not_there(page: httpx.AsyncClient) -> None:
    answer = await page.get("/api/media/@lADnothing")

    assert (answer.status_code, "no picture or file" in answer.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    ("attachments", "said", "sentence"),
    [
        ([attached("a.pdf", b"%PDF")], {"text": "看"}, "alone"),
        ([attached("a.pdf", b"%PDF"), attached("a.png", PNG)], {}, "alone"),
        ([attached("a.pdf", b"%PDF")], {"group": "差旅咨询群"}, "delivers no file"),
        ([attached("a.png", PNG)] * (MOST_ATTACHMENTS + 1), {}, "attachments"),
        ([attached("", PNG)], {}, "name"),
        ([{"name": "a.png", "data": "not base64"}], {}, "data"),
        ([{"name": "a.png"}], {}, "data"),
    ],
)
async def test_what_cannot_be_said_is_refused_with_a_sentence(
    page: httpx.AsyncClient,
    side: DingTalkSide,
    attachments: list[dict[str, str]],
    said: dict[str, str],
    sentence: str,
) -> None:
    answer = await say(page, *attachments, **said)

    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert all(chat.entries == [] for chat in side.conversations)


async def test_more_than_the_limit_is_refused_before_it_is_read(page: httpx.AsyncClient) -> None:
    answer = await page.post(
        "/api/say", content=b"x" * (MAX_BODY + 1), headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, "20 MB" in answer.json()["error"]) == (413, True)
