"""A scenario test that fails says what the functions logged and how far its turns came."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.scenario.chat.test_main_job import TRAVEL
from tests.scenario.conftest import sections_of
from tests.scenario.failure_report import conversations_in, systems_in, turn_rows, what_is_open

if TYPE_CHECKING:
    from devserver.system import LocalSystem
    from tests.scenario.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_shows_the_last_log_lines_and_the_rows_of_the_tests_own_conversation(
    system: LocalSystem, private: Chat, group: Chat
) -> None:
    other = await group.ask(TRAVEL)
    card = await private.ask(TRAVEL)

    (log_title, log), (rows_title, rows), (open_title, _) = sections_of([system, private])

    assert (log_title, rows_title, open_title) == (
        "the functions' last log lines",
        "turns",
        "what is open",
    )
    assert card.out_track_id in log
    assert len(log.splitlines()) <= 30
    assert card.out_track_id in rows
    assert "status: done" in rows
    assert other.out_track_id not in rows


async def test_a_system_is_found_once_and_without_a_chat_the_newest_rows_are_shown(
    system: LocalSystem, private: Chat
) -> None:
    card = await private.ask(TRAVEL)

    assert systems_in([private, system, "text", 3]) == [system]
    assert conversations_in([system, "text"]) == set()
    assert card.out_track_id in turn_rows(system, ())


async def test_it_names_what_is_open(system: LocalSystem, private: Chat) -> None:
    system.faults.switch_on("knowledge.slow", value="0.02", count=1)
    asking = asyncio.create_task(private.ask(TRAVEL))
    open_turns = await system.dingtalk.wait_for(
        lambda: [card.out_track_id for card in private.conversation.cards if not card.closed], 90
    )
    seen = what_is_open(system)
    await asking

    assert f"card {open_turns[0]}: " in seen
    # Its calls and what was logged of it, however much other turns have logged since.
    assert re.search(
        r"^  \d+\.\d+ POST /v1.0/card/instances/createAndDeliver by \S+: 200  after", seen, re.MULTILINE
    )
    assert re.search(rf"^  \S+-callback .*{open_turns[0]}", seen, re.MULTILINE)
    assert open_turns[0] not in what_is_open(system)
