"""A reply to what the bot said itself: the model gets what was asked and answered there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk import faults as fault
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.texts import Texts
from tests.contract.reports.conftest import text

if TYPE_CHECKING:
    import pytest

    from emulators.dingtalk import Card, Message
    from tests.contract.reports.conftest import World

ZH = Texts("zh")
ANSWER = "叉车证在安监处办。"


def told(asked: str, answer: str) -> str:
    lines = (ZH.say("quoted_question", question=asked), ZH.say("quoted_answer", answer=answer))
    return "".join(f"> {line}\n" for line in lines)


async def answered_by_openapi(world: World) -> list[Message]:
    """The bot's messages after a question whose card and whose webhook were refused."""
    for name in (fault.CARD_REFUSED, fault.WEBHOOK_EXPIRED):
        world.faults.switch_on(name)
    await world.push(text("叉车证在哪办？"))
    world.faults.switch_off()
    assert {message.via for message in world.said} == {"openapi"}
    return world.said


async def test_a_reply_to_a_card_brings_back_its_question_and_answer(world: World) -> None:
    world.answer = [ANSWER]
    await world.push(text("叉车证在哪办？"))
    card: Card = world.cards[0]

    await world.push(text("要带什么？"), quote=card)

    assert world.asked[-1] == f"{told('叉车证在哪办？', ANSWER)}\n要带什么？"


async def test_a_reply_to_a_message_of_the_openapi_brings_back_its_question_and_answer(world: World) -> None:
    world.answer = [ANSWER]
    (message,) = await answered_by_openapi(world)

    await world.push(text("要带什么？"), quote=message)

    assert world.asked[-1] == f"{told('叉车证在哪办？', ANSWER)}\n要带什么？"


async def test_every_message_of_a_long_answer_is_known(world: World) -> None:
    world.answer = ["叉车每周一检修，由班长签字。" * 1_000]
    messages = await answered_by_openapi(world)
    assert len(messages) > 1

    for message in messages:
        await world.push(text("谁签字？"), quote=message)

    first = ZH.say("quoted_question", question="叉车证在哪办？")
    assert [asked.partition("\n")[0] for asked in world.asked[1:]] == [f"> {first}"] * len(messages)


async def test_an_answer_on_a_card_or_by_the_webhook_notes_no_message(world: World) -> None:
    await world.push(text("叉车证在哪办？"))
    on_card = world.worker.rows.calls.count("put sent_messages")
    world.faults.switch_on(fault.CARD_REFUSED)
    await world.push(text("叉车证在哪办？"))

    assert [message.via for message in world.said] == ["session_webhook"]
    assert (on_card, world.worker.rows.calls.count("put sent_messages")) == (1, 1)


async def test_a_message_that_could_not_be_noted_is_an_answer_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = world.worker.rows.put

    async def put(table: object, *given: object) -> bool:
        if getattr(table, "name", "") == "sent_messages":
            raise StateError("unreachable", "Tablestore is away")
        return await real(table, *given)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(world.worker.rows, "put", put)

    (message,) = await answered_by_openapi(world)

    assert message.text == "三楼。"
    assert "WARNING sent_message_not_noted" in world.worker.log
