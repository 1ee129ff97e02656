"""NUL and lone surrogates: what may not stand in text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.webhook import mutations as m
from tests.unit.webhook.edge import Edge, card_push, click_body, message, robot_push, wire
from tests.unit.webhook.mutated.fate import NOT_JSON, fate, refused


def test_nul_in_a_signature_is_another_signature(route: str, push: dict[str, Any]) -> None:
    part, name = m.SIGNATURES[route]

    # In a header it is no HTTP at all.
    expected = refused(400, "not_http") if part == "headers" else refused(401, "signature")
    assert fate(m.with_part(push, part, name, push[part][name] + "\x00")) == expected


def test_nul_in_the_path_is_another_bot(push: dict[str, Any]) -> None:
    assert fate({**push, "path": push["path"] + "\x00"}) == refused(401, "unknown_bot")


def test_nul_after_the_body_is_no_json(route: str, push: dict[str, Any]) -> None:
    assert fate({**push, "body": push["body"] + "\x00"}) == refused(400, NOT_JSON[route])


def test_a_bare_nul_in_a_string_is_no_json() -> None:
    assert fate(robot_push(message(senderNick="a_b").replace("a_b", "a\x00b"))) == refused(400, "not_json")
    assert fate(card_push(click_body(userId="a_b").replace("a_b", "a\x00b"))) == refused(400, "not_json")


def test_an_escaped_nul_is_left_out() -> None:
    edge = Edge()
    edge.send(m.robot(text={"content": "a\x00b"}))
    edge.send(card_push(click_body("dislike", {"action": "dislike", "reason": "a\x00b"})))
    edge.send(m.event(userId=["a\x00b"]))

    question, click, event = edge.queued
    assert (question.text, click.words, event.user_ids) == ("ab", "ab", ("ab",))


@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xed\xa0\xbd"])
def test_bytes_that_are_no_text_in_a_signature_are_another_signature(
    route: str, push: dict[str, Any], byte: bytes
) -> None:
    part, name = m.SIGNATURES[route]
    raw = wire(m.with_part(push, part, name, "_bytes_"))
    sent = byte if part == "headers" else b"".join(b"%%%02x" % part for part in byte)

    assert fate(raw.replace(b"_bytes_", sent)) == refused(401, "signature")


def test_a_lone_surrogate_in_a_message_becomes_a_question_mark() -> None:
    edge = Edge()
    edge.send(robot_push(message(text={"content": "a_b"}).replace("a_b", "a\\ud83db")))

    assert edge.queued[0].text == "a?b"


def test_a_lone_surrogate_in_a_click_or_an_event_is_no_json() -> None:
    assert fate(card_push(click_body(userId="a_b").replace("a_b", "\\ud83d"))) == refused(400, "not_json")
    # An event is acknowledged: it would come again just like that.
    assert fate(m.sealed_event('"x": "\\ud83d"')) == (200, [], 0)


def test_a_lone_surrogate_in_an_error_code_reaches_the_log_as_a_question_mark() -> None:
    edge = Edge()

    assert edge.send(robot_push('{"errorCode": "\\ud83d"}'))[0] == 200
    assert edge.lines == [("push_error", {"level": "ERROR", "bot": "handbook", "code": "?"})]
