"""Whose frames they are: a process that was given an address of its own is named beside each of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from emulators.dingtalk import DingTalkSide
    from emulators.tests.contract.dingtalk.conftest import Caller


async def stream(side: DingTalkSide, caller: Caller, url: str, guid: str) -> httpx.Response:
    body = {"outTrackId": "turn-1", "guid": guid, "key": "content", "content": guid, "isFull": True}
    headers = {"x-acs-dingtalk-access-token": caller.token}
    return await caller.http.put(f"{url}/v1.0/card/streaming", json=body, headers=headers)


async def test_each_caller_is_named_and_the_api_is_the_same(side: DingTalkSide, caller: Caller) -> None:
    await caller.create("turn-1", side.group().id)
    answers = [
        await stream(side, caller, side.url_of("c-1"), "a"),
        await stream(side, caller, side.url_of("c-2"), "b"),
        await stream(side, caller, side.url, "c"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    calls = side.ledger.calls_to("PUT /v1.0/card/streaming")
    assert [(call.caller, call.out_track_id) for call in calls] == [
        ("c-1", "turn-1"),
        ("c-2", "turn-1"),
        ("", "turn-1"),
    ]


@pytest.mark.parametrize("path", ["/caller/", "/caller//v1.0/x", "/caller/c 1/v1.0/x", "/caller/c-1"])
async def test_an_address_that_names_nobody_is_no_api(side: DingTalkSide, caller: Caller, path: str) -> None:
    answer = await caller.http.get(side.url + path)

    assert answer.status_code == 404
    assert side.ledger.calls[-1].caller == ""
