"""JSON that is too deep, has a key twice, or numbers beyond all measure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.webhook import mutations as m
from tests.unit.webhook.edge import NOW_MS, Edge, message, robot_push
from tests.unit.webhook.mutated.fate import TAKEN, fate, refused

#: What is deep has many parts, too; of an envelope nothing but the cipher text is read.
TOO_DEEP = {"robot": "too_many_parts", "events": "not_an_envelope", "cards": "too_many_parts"}
HUGE = ("1" + "0" * 400, "9" * 4_300, "-" + "9" * 30, "1e308")


def test_ten_thousand_levels_are_not_read(route: str, push: dict[str, Any]) -> None:
    assert fate({**push, "body": m.DEEP}) == refused(400, TOO_DEEP[route])
    assert fate(m.appended(push, f'"x": {m.DEEP}')) == refused(400, TOO_DEEP[route])


def test_ten_thousand_levels_inside_a_click_mean_nothing() -> None:
    assert fate(m.card(content=m.DEEP)) == (200, [], 0)


def test_ten_thousand_levels_in_an_envelope_are_acknowledged_and_dropped() -> None:
    assert fate(m.sealed_event(f'"x": {m.DEEP}')) == (200, [], 0)


@pytest.mark.parametrize("levels", [100, 400, 499])
def test_no_depth_that_can_be_read_breaks_what_reads_on(levels: int) -> None:
    nested = "[" * levels + "]" * levels

    assert fate(m.appended(m.robot(), f'"conversationType": {nested}')) == TAKEN
    assert fate(m.appended(m.robot(), f'"errorCode": {nested}')) == TAKEN
    assert fate(m.appended(m.card(), f'"corpId": {nested}')) == TAKEN
    assert fate(m.sealed_event(f'"deptId": {nested}')) == TAKEN


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    edge = Edge()
    edge.send(m.appended(m.robot(), '"msgId": "last"'))
    edge.send(m.inserted(m.card(), '"userId": "first"'))
    edge.send(m.sealed_event('"eventId": "last"'))

    question, click, event = edge.queued
    assert (question.message_id, click.user_id, event.event_id) == ("last", "user0001", "last")


def test_of_two_envelopes_the_last_is_the_signed_one() -> None:
    push = m.event()

    assert fate(m.inserted(push, '"encrypt": "forged"')) == TAKEN
    assert fate(m.appended(push, '"encrypt": "forged"')) == refused(401, "signature")


@pytest.mark.parametrize("number", HUGE)
def test_a_time_that_is_none_counts_as_not_said(number: str) -> None:
    edge = Edge()
    edge.send(m.appended(m.robot(), f'"createAt": {number}, "sessionWebhookExpiredTime": {number}'))
    edge.send(m.sealed_event(f'"EventTime": {number}, "timestamp": {number}'))

    question, event = edge.queued
    assert (question.asked_ms, event.occurred_ms) == (NOW_MS, NOW_MS)


@pytest.mark.parametrize("number", HUGE)
def test_a_number_in_the_place_of_an_id_is_none(number: str) -> None:
    assert fate(m.appended(m.robot(), f'"msgId": {number}')) == refused(400, "not_a_message")
    assert fate(m.appended(m.card(), f'"userId": {number}')) == refused(400, "not_a_click")


@pytest.mark.parametrize("number", ["9" * 4_301, "9" * 50_000])
def test_a_number_with_more_digits_than_python_reads_is_no_json(number: str) -> None:
    assert fate(m.appended(m.robot(), f'"createAt": {number}')) == refused(400, "not_json")
    assert fate(m.sealed_event(f'"EventTime": {number[:30_000]}')) == (200, [], 0)


def test_braces_in_a_question_are_no_parts() -> None:
    edge = Edge()
    edge.send(robot_push(message(text={"content": '{"[' * 5_000}, senderNick="\\")))

    assert edge.queued[0].text == '{"[' * 5_000
