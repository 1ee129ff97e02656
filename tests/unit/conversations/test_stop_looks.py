"""Running answers look together whether they shall stop."""

from __future__ import annotations

import asyncio

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping

MESSAGES = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=None))


def questions(number: int) -> list[Question]:
    return [
        a_question(
            f"t{n}",
            conversation=Conversation(f"c{n}", ConversationType.ONE_TO_ONE),
            webhook=a_webhook(),
        )
        for n in range(number)
    ]


@skipping
async def test_many_answers_look_as_often_as_one() -> None:
    looks = []
    for number in (1, 30, 150):
        async with Worker(MESSAGES).started() as worker:
            ready = asyncio.Event()
            worker.backend.parts = [ready, Text("五天。")]
            answers = [asyncio.ensure_future(worker.answer(one)) for one in questions(number)]
            await asyncio.sleep(9.5)
            looks.append(worker.rows.calls.count("get_many inbox"))
            ready.set()
            await asyncio.gather(*answers)

    # A request takes a hundred rows.
    assert looks == [6, 6, 12]


@skipping
async def test_one_of_many_answers_is_stopped_from_another_instance_within_two_seconds() -> None:
    async with Worker(MESSAGES).started() as here:
        never = asyncio.Event()
        here.backend.parts = [Text("五"), never]
        stopped, *others = questions(20)
        answers = {one.turn_id: asyncio.ensure_future(here.answer(one)) for one in (stopped, *others)}
        await asyncio.sleep(5)
        async with Worker(MESSAGES, rows=here.rows, dingtalk=here.dingtalk).started() as elsewhere:
            await elsewhere.stop(stopped)
        await asyncio.sleep(2)

        done = [turn_id for turn_id, answer in answers.items() if answer.done()]
        never.set()
        await asyncio.gather(*answers.values())

    assert done == [stopped.turn_id]
