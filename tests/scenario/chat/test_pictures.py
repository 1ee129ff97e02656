"""Pictures and files through the whole path: from a person to the backend, from an answer to the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import CardState
from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from emulators.rag_server.server import HANDBOOK
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = texts.Texts("zh")
FLOOR = "五楼平面图是怎样的？银河和北斗在哪里？"
FLOOR_PICTURE = (HANDBOOK / "pictures" / "fifth-floor.png").read_bytes()


async def test_a_picture_in_a_question_reaches_the_backend(private: Chat) -> None:
    card = await private.ask("年假有几天？", pictures=[SAMPLE_PICTURE])

    assert card.state is CardState.FINISHED
    assert "收到 1 张图片" in card.text


async def test_a_picture_and_a_mention_are_a_question_about_it(system: LocalSystem, group: Chat) -> None:
    card = await group.ask("", pictures=[SAMPLE_PICTURE])

    assert card.state is CardState.FINISHED
    assert system.knowledge.requests[-1].question == ZH.say("about_picture")


async def test_a_picture_alone_goes_with_the_next_question(system: LocalSystem, private: Chat) -> None:
    await private.say("", pictures=[SAMPLE_PICTURE])
    assert (await private.replies(1))[0].text == ZH.say("kept_picture", minutes="10")

    first = await private.ask("年假有几天？")
    second = await private.ask("病假有几天？")

    assert "收到 1 张图片" in first.text
    assert "张图片" not in second.text
    assert [one.question for one in system.knowledge.requests[-2:]] == ["年假有几天？", "病假有几天？"]


async def test_an_answer_that_is_asked_for_again_has_its_picture_again(
    system: LocalSystem, private: Chat
) -> None:
    await private.say("", pictures=[SAMPLE_PICTURE])
    await private.replies(1)
    card = await private.ask("年假有几天？")

    await system.dingtalk.click(card, person=private.people[0], action_id="retry", params={"action": "retry"})
    await system.dingtalk.wait_for(lambda: len(private.conversation.cards) == 2, 20.0)
    await system.functions.idle()

    assert "收到 1 张图片" in private.conversation.cards[1].text


async def test_a_new_session_forgets_the_picture(private: Chat) -> None:
    await private.say("", pictures=[SAMPLE_PICTURE])
    await private.replies(1)
    await private.say("/new")
    await private.replies(2)

    assert "张图片" not in (await private.ask("年假有几天？")).text


async def test_a_group_shows_pictures_to_the_backend_too(group: Chat) -> None:
    card = await group.ask("年假有几天？", pictures=[SAMPLE_PICTURE, SAMPLE_PICTURE])

    assert "收到 2 张图片" in card.text


async def test_a_file_is_read_by_the_backend(private: Chat) -> None:
    await private.say("", file=("销售月报.txt", "本月销售额为八百万元。".encode()))
    assert "销售月报.txt" in (await private.replies(1))[0].text
    card = await private.ask("本月销售额是多少？")

    assert card.state is CardState.FINISHED
    assert "销售月报.txt" in card.text.split("**来源**")[1]


async def test_a_file_that_is_too_large_is_declined_with_the_reason(private: Chat) -> None:
    await private.say("", file=("大.zip", bytes(10_000_001)))
    await private.replies(1)

    card = await private.ask("里面有什么？")

    assert card.text == ZH.failure(FailureKind.FILE_TOO_LARGE)
    assert (await private.ask("年假有几天？")).state is CardState.FINISHED


async def test_a_picture_that_is_gone_is_asked_for_again(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("dingtalk.download_gone")

    card = await private.ask("看看", pictures=[SAMPLE_PICTURE])

    assert card.text == ZH.failure(FailureKind.FILE_LOST)


async def test_an_answers_picture_is_uploaded_once_and_shown(system: LocalSystem, private: Chat) -> None:
    before = len(system.dingtalk.media.uploads)

    first = await private.ask(FLOOR)
    second = await private.ask(FLOOR)

    (upload,) = system.dingtalk.media.uploads[before:]
    assert upload.data == FLOOR_PICTURE
    for card in (first, second):
        assert f"![五楼会议室平面图]({upload.media_id})" in card.text
    assert [frame.text for frame in first.frames if "/pictures/" in frame.text] == []
