"""Pictures and files through the whole path: from a person to the backend, from an answer to the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.dingtalk import CardState
from local.dingtalk.sayings import SAMPLE_PICTURE
from local.knowledge.server import HANDBOOK
from rag_on_dingtalk import messages
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from local.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = messages.Texts("zh")
FLOOR = "五楼平面图是怎样的？银河和北斗在哪里？"
FLOOR_PICTURE = (HANDBOOK / "pictures" / "fifth-floor.png").read_bytes()


async def test_a_picture_in_a_question_reaches_the_backend(private: Chat) -> None:
    card = await private.ask("年假有几天？", pictures=[SAMPLE_PICTURE])

    assert card.state is CardState.FINISHED
    assert "收到 1 张图片" in card.text


async def test_a_picture_alone_is_a_question_about_it(system: LocalSystem, private: Chat) -> None:
    card = await private.ask("", pictures=[SAMPLE_PICTURE])

    assert card.state is CardState.FINISHED
    assert system.knowledge.requests[-1].question == ZH.say("about_picture")


async def test_a_group_shows_pictures_to_the_backend_too(group: Chat) -> None:
    card = await group.ask("年假有几天？", pictures=[SAMPLE_PICTURE, SAMPLE_PICTURE])

    assert "收到 2 张图片" in card.text


async def test_a_file_is_read_by_the_backend(private: Chat) -> None:
    card = await private.ask("", file=("销售月报.txt", "本月销售额为八百万元。".encode()))

    assert card.state is CardState.FINISHED
    assert "销售月报.txt" in card.text.split("**来源**")[1]


async def test_a_file_that_is_too_large_is_declined_with_the_reason(private: Chat) -> None:
    card = await private.ask("", file=("大.zip", bytes(10_000_001)))

    assert card.text == ZH.failure(FailureKind.FILE_TOO_LARGE)


async def test_a_picture_that_is_gone_is_asked_for_again(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("dingtalk.download_gone")

    card = await private.ask("", pictures=[SAMPLE_PICTURE])

    assert card.text == ZH.failure(FailureKind.FILE_LOST)


async def test_an_answers_picture_is_uploaded_once_and_shown(system: LocalSystem, private: Chat) -> None:
    before = len(system.dingtalk.media.uploads)

    first = await private.ask(FLOOR)
    second = await private.ask(FLOOR)

    (upload,) = system.dingtalk.media.uploads[before:]
    assert upload.data == FLOOR_PICTURE
    for card in (first, second):
        assert f"![五楼会议室平面图]({upload.media_id})" in card.text
    assert not any("/pictures/" in frame.text for frame in first.frames)
