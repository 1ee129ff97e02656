"""Pictures that people send reach the model, and those in an answer are shown."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.errors import FailureKind
from tests.contract.reports.conftest import text
from tests.contract.reports.rows import ZH, reply, rich

if TYPE_CHECKING:
    from tests.contract.reports.conftest import World


async def test_a_quoted_picture_and_a_mention_ask_about_the_picture(world: World) -> None:
    await world.push(reply({"msgType": "picture", "content": {"downloadCode": world.sent_picture()}}, " "))

    assert world.asked == [ZH.say("about_picture")]
    assert world.pictures == [SAMPLE_PICTURE]


async def test_of_a_quote_with_words_and_a_picture_both_reach_the_model(world: World) -> None:
    runs = [
        {"msgType": "text", "content": "货架图"},
        {"msgType": "picture", "downloadCode": world.sent_picture()},
    ]

    await world.push(reply({"msgType": "richText", "content": {"richText": runs}}))

    assert world.asked == ["> 货架图[图片1]\n\n怎么办理？"]
    assert world.pictures == [SAMPLE_PICTURE]


async def test_all_pictures_of_a_message_reach_the_model(world: World) -> None:
    pictures = [{"type": "picture", "downloadCode": world.sent_picture()} for _ in range(3)]

    await world.push(rich({"text": "哪个是叉车？"}, *pictures))

    assert world.asked == ["哪个是叉车？[图片1][图片2][图片3]"]
    assert world.pictures == [SAMPLE_PICTURE] * 3


@pytest.mark.parametrize("dead", ["downloadCode", "pictureDownloadCode"])
async def test_one_good_code_of_two_is_enough_for_a_picture(world: World, dead: str) -> None:
    codes = {"downloadCode": world.sent_picture(), "pictureDownloadCode": world.sent_picture(), dead: "gone"}

    await world.push(rich({"text": "看图"}, {"type": "picture", **codes}))

    assert world.pictures == [SAMPLE_PICTURE]


async def test_where_no_code_is_good_the_person_is_told(world: World) -> None:
    await world.push(
        rich({"text": "看图"}, {"type": "picture", "downloadCode": "a", "pictureDownloadCode": "b"})
    )

    assert [card.text for card in world.cards] == [ZH.failure(FailureKind.FILE_LOST)]


BASE64 = base64.b64encode(SAMPLE_PICTURE).decode()


@pytest.mark.parametrize(
    "answer",
    [
        f"![货架](data:image/png;base64,{BASE64})",
        f'<img src="data:image/png;base64,{BASE64}" alt="货架">',
        f"![货架](data:image/png;base64,{BASE64[:40]}\n{BASE64[40:]})",
    ],
    ids=["E: as Markdown", "E: as <img>", "E: base64 in lines"],
)
async def test_a_picture_that_stands_in_the_answer_is_uploaded_and_shown(world: World, answer: str) -> None:
    world.answer = [answer]

    await world.push(text("货架在哪？"))

    (upload,) = world.front.side.media.uploads
    assert upload.data == SAMPLE_PICTURE
    assert [card.text for card in world.cards] == [f"![货架]({upload.media_id})"]
