"""One flipped bit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.webhook import mutations as m
from tests.unit.webhook.edge import Edge
from tests.unit.webhook.mutated.fate import TAKEN, fate, refused


def test_what_is_not_changed_is_taken(push: dict[str, Any]) -> None:
    assert fate(push) == TAKEN


def test_a_flipped_bit_in_what_is_signed_is_refused(route: str, push: dict[str, Any]) -> None:
    for part, name in m.SIGNED[route]:
        for value in m.flipped(push[part][name]):
            # A header with the end of a line in it is no HTTP.
            no_http = part == "headers" and any(end in value for end in "\x00\r\n")
            expected = refused(400, "not_http") if no_http else refused(401, "signature")
            assert fate(m.with_part(push, part, name, value)) == expected


def test_a_flipped_bit_in_an_envelope_is_never_taken() -> None:
    push = m.event()
    sealed = json.loads(push["body"])["encrypt"]

    for value in m.flipped(sealed):
        assert fate({**push, "body": json.dumps({"encrypt": value})}) == refused(401, "signature")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"msgId"', '"msgIe"', refused(400, "not_a_message")),
        ('"conversationId"', '"conversationIe"', refused(400, "not_a_message")),
        ("dingexamplecorp0001", "dingexamplecorp0000", refused(401, "other_organisation")),
        ("dingexample0appkey01", "dingexample0appkey00", refused(401, "other_robot")),
        ("{", "z", refused(400, "not_json")),
        ("{", "[", refused(400, "not_json")),
        ("小明", "射明", TAKEN),
    ],
)
def test_dingtalk_signs_no_body_so_a_flipped_bit_in_a_message_is_judged_by_what_it_says(
    before: str, after: str, expected: object
) -> None:
    push = m.robot(senderNick="小明")

    assert fate({**push, "body": push["body"].replace(before, after, 1)}) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"userId"', '"userIe"', refused(400, "not_a_click")),
        ('"outTrackId"', '"outTrackIe"', refused(400, "not_a_click")),
        ("dingexamplecorp0001", "dingexamplecorp0000", refused(401, "other_organisation")),
        ("{", "z", refused(400, "not_json")),
        ('"content"', '"contenu"', (200, [], 0)),
        ("user0001", "user0000", TAKEN),
    ],
)
def test_dingtalk_signs_no_body_so_a_flipped_bit_in_a_click_is_judged_by_what_it_says(
    before: str, after: str, expected: object
) -> None:
    push = m.card()

    assert fate({**push, "body": push["body"].replace(before, after, 1)}) == expected


def test_no_flipped_bit_of_any_body_is_answered_otherwise(route: str, push: dict[str, Any]) -> None:
    edge = Edge()
    for body in m.flipped(push["body"]):
        edge.payloads.clear()
        status, _ = edge.send({**push, "body": body})
        assert status in (200, 400, 401)
        assert not edge.payloads or (status == 200 and route != "events")
