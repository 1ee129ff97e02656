from __future__ import annotations

import json
from typing import Any

from devserver.page.event_stream import event_stream
from devserver.page.views import Views
from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

BOT = Bot(
    dingtalk=DingTalkApp(client_id="dingapp1", client_secret="env:A"),
    backend=AnythingLLM(base_url="http://127.0.0.1:1", api_key="env:B", workspace="handbook"),
)


def side_and_views() -> tuple[DingTalkSide, Views]:
    robot = RobotApp(name="handbook", client_id="dingapp1", client_secret="secret-1", title="手册")
    side = DingTalkSide(robots=[robot], faults=FaultBoard())
    return side, Views(side, {"handbook": BOT}, {}, lambda _: "Dify 1.12 (chat)")


def parsed(event: bytes) -> dict[str, Any]:
    fields = dict(line.split(": ", 1) for line in event.decode().strip().splitlines())
    return {**fields, "data": json.loads(fields["data"])}


async def test_hello_comes_first_then_every_change_in_order_then_the_end() -> None:
    side, views = side_and_views()
    await side.start()
    stream = event_stream(side.subscribe, views)
    told = [parsed(await stream.__anext__())]
    # The robot has no callback: the message appears, its push fails, and that is noted on it.
    await side.say(
        person=side.person("小明"),
        conversation=side.private(side.person("小明"), side.robot("handbook")),
        text="在吗",
        robot=side.robot("handbook"),
    )
    await side.stop()
    told += [parsed(event) async for event in stream]

    assert [event["event"] for event in told] == ["hello", "message", "push", "message_changed"]
    assert [event["id"] for event in told[1:]] == ["1", "2", "3"]
    assert told[1]["data"]["entry"]["text"] == "在吗"
    assert "callback_url" in told[2]["data"]["push"]["error"]
    assert told[3]["data"]["entry"]["undelivered"]


async def test_silence_is_broken_now_and_then() -> None:
    side, views = side_and_views()
    await side.start()
    stream = event_stream(side.subscribe, views, heartbeat=0.0)

    assert b"hello" in await stream.__anext__()
    assert (await stream.__anext__()).startswith(b":")
    await stream.aclose()
    await side.stop()


async def test_whoever_leaves_is_told_nothing_more() -> None:
    side, views = side_and_views()
    await side.start()
    changes = side.subscribe()
    stream = event_stream(lambda: changes, views)
    await stream.__anext__()
    await stream.aclose()
    await side.stop()

    assert [change async for change in changes] == []


def test_a_bot_is_shown_with_the_backend_that_really_answers_it() -> None:
    # Its settings say AnythingLLM; what is asked on this machine may play another product.
    _, views = side_and_views()
    assert [bot["backend"] for bot in views.state()["bots"]] == ["Dify 1.12 (chat)"]
