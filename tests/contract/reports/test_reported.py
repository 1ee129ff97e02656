"""What users of such bots have reported: each row takes the real way and comes to what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk import faults as fault
from tests.contract.reports.conftest import text
from tests.contract.reports.rows import ASKED, KINDS, SHOWN, TOLD, UNADDRESSED, row_id

if TYPE_CHECKING:
    from tests.contract.reports.conftest import World


REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("row", ASKED, ids=row_id)
async def test_the_model_is_asked(world: World, row: tuple[str, str, dict[str, Any], str]) -> None:
    _kind, _condition, push, asked = row

    await world.push(push)

    assert world.asked == [asked]
    assert [card.text for card in world.cards] == ["三楼。"]


@pytest.mark.parametrize("row", TOLD, ids=row_id)
async def test_the_person_is_told(world: World, row: tuple[str, str, dict[str, Any], str]) -> None:
    _kind, _condition, push, told = row

    await world.push(push)

    assert [message.text for message in world.said] == [f"@user0001\n\n{told}"]
    assert (world.asked, world.cards) == ([], [])


@pytest.mark.parametrize("row", UNADDRESSED, ids=row_id)
async def test_nothing_is_said(world: World, row: tuple[str, str, dict[str, Any]]) -> None:
    _kind, _condition, push = row
    bot = world.front.side.robot("handbook").dingtalk_id

    await world.push({key: value or bot if key == "senderId" else value for key, value in push.items()})

    assert (world.front.queued, world.said, world.cards) == ([], [], [])


@pytest.mark.parametrize("words", ["几点？", "/new"])
async def test_the_same_push_again_is_one_question(world: World, words: str) -> None:
    await world.push(text(words), times=3)

    assert len(world.cards) + len(world.said) == 1
    assert len(world.asked) == len(world.cards)


@pytest.mark.parametrize("row", SHOWN, ids=row_id)
async def test_an_answer_is_shown(world: World, row: tuple[str, str, str, str, str]) -> None:
    _kind, _condition, answer, card, message = row
    world.answer = [answer]

    await world.push(text("怎么写？"))
    world.faults.switch_on(fault.CARD_REFUSED)
    await world.push(text("怎么写？"))

    shown, sent = world.cards[0].text, world.said[0].text.partition("\n\n")[2]
    assert shown == card if card else "~" not in shown.replace("\\~", "")
    assert sent == message if message else "<" not in sent


async def test_h_a_message_is_titled_with_the_beginning_of_the_answer(world: World) -> None:
    world.answer = ["## 入库\n\n先**验货**，再登记。"]
    world.faults.switch_on(fault.CARD_REFUSED)

    await world.push(text("怎么入库？"))

    assert [message.content["title"] for message in world.said] == ["入库 先验货，再登记。"]


def test_every_kind_is_tried_here() -> None:
    tried = {row[0] for rows in (ASKED, TOLD, UNADDRESSED, SHOWN) for row in rows} | set("EHI")

    assert tried == set(KINDS)
    assert all((REPOSITORY / variations).is_file() for _, variations in KINDS.values())
