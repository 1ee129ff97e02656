"""Headers and parameters that are missing, spelled otherwise, doubled or no strings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.webhook import mutations as m
from tests.unit.webhook.edge import SECRET, card_push, click_body, event_body, event_push, message, robot_push
from tests.unit.webhook.mutated.fate import TAKEN, fate, refused


@pytest.mark.parametrize(
    ("route", "part", "name", "reason"),
    [
        ("robot", "headers", "Timestamp", "unsigned"),
        ("robot", "headers", "Sign", "unsigned"),
        ("cards", "headers", "X-Ddpaas-Signature-Timestamp", "unsigned"),
        ("cards", "headers", "X-Ddpaas-Signature", "unsigned"),
        ("events", "query", "signature", "unsigned"),
        ("events", "query", "timestamp", "unsigned"),
        ("events", "query", "nonce", "signature"),
    ],
)
def test_what_is_missing_is_missed(route: str, part: str, name: str, reason: str) -> None:
    assert fate(m.without_part(m.VALID[route](), part, name)) == refused(401, reason)


def test_other_headers_are_not_missed(push: dict[str, Any]) -> None:
    assert fate(m.without_part(push, "headers", "Content-Type")) == TAKEN


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, str.swapcase])
def test_headers_are_known_however_they_are_spelled(push: dict[str, Any], spell: Any) -> None:
    assert fate(m.spelled(push, spell)) == TAKEN


def test_a_signature_in_other_case_is_another(route: str, push: dict[str, Any]) -> None:
    part, name = m.SIGNATURES[route]

    assert fate(m.with_part(push, part, name, push[part][name].swapcase())) == refused(401, "signature")


def test_a_parameter_in_other_case_is_another() -> None:
    push = m.event()
    query = {name.title(): value for name, value in push["query"].items()}

    assert fate({**push, "query": query}) == refused(401, "unsigned")


@pytest.mark.parametrize("method", ["post", "Post", "P OST", "P\tOST", ""])
def test_a_method_that_is_none_is_no_http(push: dict[str, Any], method: str) -> None:
    assert fate({**push, "method": method}) == refused(400, "not_http")


def test_a_signature_that_comes_twice_is_none(route: str, push: dict[str, Any]) -> None:
    assert fate(m.twice(push, route)) == refused(401, "signature")
    assert fate(m.twice(push, route, first="forged")) == refused(401, "signature")
    assert fate(m.twice(push, route, last="forged")) == refused(401, "signature")


@pytest.mark.parametrize("comma", [",", ", "])
def test_headers_that_were_joined_are_no_signature(route: str, push: dict[str, Any], comma: str) -> None:
    part, name = m.SIGNATURES[route]

    joined = comma.join([push[part][name]] * 2)

    assert fate(m.with_part(push, part, name, joined)) == refused(401, "signature")


def test_the_secret_of_another_address_opens_none() -> None:
    assert fate(card_push(click_body(), secret=SECRET)) == refused(401, "signature")


@pytest.mark.parametrize("stamp", ["9" * 5_000, "1e13", "-1", "0", "0" * 15, "NaN", "1 767225600500"])
def test_a_signed_timestamp_that_is_no_time_is_stale(stamp: str) -> None:
    assert fate(robot_push(message(), timestamp=stamp)) == refused(401, "stale")
    assert fate(card_push(click_body(), timestamp=stamp)) == refused(401, "stale")
    assert fate(event_push(event_body(), timestamp=stamp)) == refused(401, "stale")


@pytest.mark.parametrize("stamp", ["١٢٣", " 1767225600500"])
def test_a_signed_timestamp_in_other_digits_or_with_a_blank_is_stale(stamp: str) -> None:
    assert fate(event_push(event_body(), timestamp=stamp)) == refused(401, "stale")
