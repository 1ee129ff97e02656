"""Names in the place of the staff ids by which DingTalk tells who is mentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.dingtalk.inbound.mentions import named

if TYPE_CHECKING:
    from rag_on_dingtalk.pipeline.context import TurnContext

#: All look-ups of one question together; what has not come by then stays an id.
_SECONDS = 1.0
#: People whose names are looked up for one question.
_MOST = 5


async def name_mentioned_people(context: TurnContext) -> None:
    """Put names into the question's words; an id stays where no name can be had in a second."""
    question, directory = context.question, context.bot.directory
    unnamed = [one.staff_id for one in question.mentions if one.staff_id and not one.name]
    wanted = tuple(dict.fromkeys(unnamed))[:_MOST]
    if directory is None or not wanted:
        return
    names: dict[str, str] = {}

    async def _look_up(staff_id: str) -> None:
        if name := await directory.name_of(staff_id, context.sender.reservation):
            names[staff_id] = name

    with anyio.move_on_after(_SECONDS):
        async with anyio.create_task_group() as group:
            for staff_id in wanted:
                group.start_soon(_look_up, staff_id)
    text = named(question.text, question.mentions, names)
    context.question = msgspec.structs.replace(question, text=text)
