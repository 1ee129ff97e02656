"""Whose answer a message is. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devserver.own_words import NOTICES, without_mention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devserver.simulation.plan.draw import Plan, PlannedQuestion
    from devserver.simulation.services.dingtalk import DingTalk, Message
    from devserver.simulation.services.tablestore import Tables

_TOKEN = re.compile("〔[0-9]{4,}〕")


def attributed(
    plan: Plan, asked: Mapping[str, PlannedQuestion], tables: Tables, dingtalk: DingTalk
) -> dict[str, list[Message]]:
    """The messages of each turn: by its webhook, by the token in the text, by whose invocation sent it.

    Where answers are given again the token is that of the first asker, and tells nothing.
    A sentence without a token that housekeeping sends through the OpenAPI is of the turn that this round had
    claimed last.
    """
    told: dict[str, list[Message]] = {turn_id: [] for turn_id in asked}
    by_token = {} if plan.cache else {one.token: turn_id for turn_id, one in asked.items()}
    for message in dingtalk.messages:
        if is_notice(message):
            continue
        tokens = [found for found in _TOKEN.findall(message.text) if found in by_token]
        turn_id = message.turn_id or (by_token[tokens[0]] if tokens else "")
        turn_id = turn_id or (message.work.turn_id if message.work else "")
        turn_id = turn_id or _claimed_last(message, tables)
        told[turn_id].append(message)
    return told


def _claimed_last(message: Message, tables: Tables) -> str:
    """The turn that its sender became the owner of last, before it sent."""
    owner = message.work.owner if message.work else ""
    claims = (
        (span.at, turn_id)
        for turn_id, spans in tables.ownership.items()
        for span in spans
        if span.owner == owner and span.at <= message.sent
    )
    return max(claims)[1]


def is_notice(message: Message) -> bool:
    """Whether it answers nothing: it tells that an answer is finished, or why there is no card."""
    return without_mention(message.text) in NOTICES
