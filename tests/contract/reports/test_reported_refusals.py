"""What DingTalk refuses under 200 comes to the person another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.errors import FailureKind
from tests.contract.reports.conftest import text
from tests.contract.reports.rows import ZH

if TYPE_CHECKING:
    from tests.contract.reports.conftest import World


FRAME, UPDATE, WEBHOOK = "/v1.0/card/streaming", "/v1.0/card/instances", "/robot/sendBySession"


@pytest.mark.parametrize(
    "body",
    [{"success": False, "result": False}, {"code": "param.invalid", "message": "no"}, {"errcode": 300001}],
    ids=["I: success is false", "I: code and message", "I: errcode"],
)
async def test_what_dingtalk_refuses_under_200_arrives_another_way(
    world: World, body: dict[str, Any]
) -> None:
    world.wire.answers = {FRAME: body, UPDATE: body, WEBHOOK: body}

    await world.push(text("几楼？"))

    assert [message.text for message in world.said] == ["三楼。"]
    assert [message.via for message in world.said] == ["openapi"]
    assert {"WARNING webhook_refused", "ERROR card_not_closed"} <= set(world.worker.log)


async def test_an_empty_answer_is_told_although_the_card_cannot_be_closed(world: World) -> None:
    world.answer = []
    world.wire.answers = {path: {"success": False} for path in (FRAME, UPDATE)}

    await world.push(text("几楼？"))

    assert [one.text for one in world.said] == [f"@user0001\n\n{ZH.failure(FailureKind.EMPTY)}"]
