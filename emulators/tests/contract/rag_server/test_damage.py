"""Streams that are damaged, or not ended, in whichever product's words."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from emulators.rag_server.http.damage import DAMAGED_EVENT, WAYS
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION
from emulators.tests.contract.rag_server.speakers import Speaker, headers, post

if TYPE_CHECKING:
    import httpx

    from emulators.faults import FaultBoard


def readable(text: str) -> int:
    """How many events can be read as JSON."""
    found = 0
    for event in text.split("\n\n"):
        data = [line.partition(":")[2] for line in event.split("\n") if line.startswith("data:")]
        try:
            found += isinstance(json.loads("\n".join(data)), dict)
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("way", WAYS)
async def test_one_event_cannot_be_read(
    http: httpx.AsyncClient, faults: FaultBoard, speaker: Speaker, way: str
) -> None:
    whole = readable((await post(http, speaker, TRAVEL_QUESTION)).text)
    faults.switch_on("knowledge.damage", value=way)
    again = readable((await post(http, type(speaker)(), TRAVEL_QUESTION)).text)
    # One that is glued to the next takes that one with it.
    assert whole - again == (2 if way == "glued" else 1)
    assert whole > DAMAGED_EVENT


async def test_an_unknown_way_is_explained(
    http: httpx.AsyncClient, faults: FaultBoard, speaker: Speaker
) -> None:
    faults.switch_on("knowledge.damage", value="bent")
    response = await post(http, speaker, TRAVEL_QUESTION)
    assert (response.status_code, "glued" in response.text) == (500, True)


async def test_a_body_stays_open_after_the_last_word_with_signs_of_life(
    wired: httpx.AsyncClient, faults: FaultBoard, speaker: Speaker
) -> None:
    faults.switch_on("knowledge.stays_open", value="0.01")
    sent = speaker.body(TRAVEL_QUESTION)
    beats = 0

    async def listen() -> None:
        nonlocal beats
        async with wired.stream("POST", speaker.path, json=sent, headers=headers(speaker)) as response:
            async for line in response.aiter_lines():
                beats += line == ": keep-alive"
                if beats == 3:
                    return

    await asyncio.wait_for(listen(), 60)
    assert beats == 3
