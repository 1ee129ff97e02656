"""A valid push, and what each change to it is answered: status, reason in the log, whether it is queued."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from rag_on_dingtalk.intake.http_event import MAX_BODY_BYTES
from tests.unit.intake import mutations as m
from tests.unit.intake.edge import (
    NOW_MS,
    SECRET,
    Edge,
    card_push,
    click_body,
    event_body,
    event_push,
    message,
    robot_push,
)

ROUTES = tuple(m.VALID)

#: What changing nothing is answered.
TAKEN: tuple[int, list[str], int] = (200, [], 1)
#: Why what is no JSON is refused, by route.
NOT_JSON = {"robot": "not_json", "events": "not_an_envelope", "cards": "not_json"}

#: What is deep has many parts, too; of an envelope nothing but the cipher text is read.
TOO_DEEP = {"robot": "too_many_parts", "events": "not_an_envelope", "cards": "too_many_parts"}


def fate(event: dict[str, Any] | bytes) -> tuple[int, list[Any], int]:
    """Status, reasons, and how many jobs are in the queue afterwards."""
    edge = Edge()
    status, _ = edge.send(event)
    return status, edge.reasons, len(edge.queued)


def refused(status: int, reason: str) -> tuple[int, list[str], int]:
    return status, [reason], 0


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def push(route: str) -> dict[str, Any]:
    return m.VALID[route]()


def test_what_is_not_changed_is_taken(push: dict[str, Any]) -> None:
    assert fate(push) == TAKEN


# --- one flipped bit


def test_a_flipped_bit_in_what_is_signed_closes_the_door(route: str, push: dict[str, Any]) -> None:
    for part, name in m.SIGNED[route]:
        for value in m.flipped(push[part][name]):
            assert fate(m.with_part(push, part, name, value)) == refused(401, "signature")


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


# --- headers and parameters


@pytest.mark.parametrize(
    ("route", "part", "name", "reason"),
    [
        ("robot", "headers", "Timestamp", "unsigned"),
        ("robot", "headers", "Sign", "unsigned"),
        ("cards", "headers", "X-Ddpaas-Signature-Timestamp", "unsigned"),
        ("cards", "headers", "X-Ddpaas-Signature", "unsigned"),
        ("events", "queryParameters", "signature", "unsigned"),
        ("events", "queryParameters", "timestamp", "signature"),
        ("events", "queryParameters", "nonce", "signature"),
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
    query = {name.title(): value for name, value in push["queryParameters"].items()}

    assert fate({**push, "queryParameters": query}) == refused(401, "unsigned")


@pytest.mark.parametrize("method", ["post", "Post"])
def test_the_method_is_known_however_it_is_spelled(push: dict[str, Any], method: str) -> None:
    path = push["requestContext"]["http"]["path"]

    assert fate({**push, "requestContext": {"http": {"method": method, "path": path}}}) == TAKEN


def test_of_a_header_that_comes_twice_the_last_counts(route: str, push: dict[str, Any]) -> None:
    assert fate(m.twice(push, route)) == TAKEN
    assert fate(m.twice(push, route, first="forged")) == TAKEN
    assert fate(m.twice(push, route, last="forged")) == refused(401, "signature")


@pytest.mark.parametrize("comma", [",", ", "])
def test_headers_that_were_joined_are_no_signature(route: str, push: dict[str, Any], comma: str) -> None:
    part, name = m.SIGNATURES[route]

    joined = comma.join([push[part][name]] * 2)

    assert fate(m.with_part(push, part, name, joined)) == refused(401, "signature")


@pytest.mark.parametrize("value", [["a", "b"], None, 7, {"a": "b"}])
def test_a_header_that_is_no_string_is_no_request(route: str, push: dict[str, Any], value: object) -> None:
    part, name = m.SIGNATURES[route]

    assert fate(m.with_part(push, part, name, value)) == refused(400, "not_an_http_event")


# --- how the body travels


@pytest.mark.parametrize("flag", [True, "true", "True", "TRUE"])
def test_a_base64_body_is_the_same_body(push: dict[str, Any], flag: object) -> None:
    assert fate(m.as_base64(push, flag)) == TAKEN


@pytest.mark.parametrize("flag", [False, "false", "", "yes"])
def test_base64_that_is_not_said_to_be_base64_is_no_json(
    route: str, push: dict[str, Any], flag: object
) -> None:
    assert fate(m.as_base64(push, flag)) == refused(400, NOT_JSON[route])


@pytest.mark.parametrize("body", ["{}", "AAA", "A\nAAA", "中文"])
def test_what_is_said_to_be_base64_and_is_not_is_refused(push: dict[str, Any], body: str) -> None:
    assert fate({**push, "body": body, "isBase64Encoded": True}) == refused(400, "not_base64")


def test_chunks_make_no_difference_once_they_are_one_body(push: dict[str, Any]) -> None:
    assert fate(m.in_chunks(push)) == TAKEN


def test_chunks_with_their_framing_are_no_json(route: str, push: dict[str, Any]) -> None:
    assert fate(m.with_framing(push)) == refused(400, NOT_JSON[route])


def test_64_kib_are_read_and_65_are_not(push: dict[str, Any]) -> None:
    assert fate(m.padded(push, MAX_BODY_BYTES)) == TAKEN
    assert fate(m.padded(push, MAX_BODY_BYTES + 1)) == refused(413, "too_large")
    assert fate(m.too_large(push)) == refused(413, "too_large")
    assert fate(m.as_base64(m.too_large(push))) == refused(413, "too_large")


def test_nothing_is_unzipped(route: str, push: dict[str, Any]) -> None:
    assert fate(m.zipped(push)) == refused(400, NOT_JSON[route])


def test_a_gzip_bomb_stays_as_small_as_it_came(route: str, push: dict[str, Any]) -> None:
    bomb = m.zipped(push, m.BOMB)

    assert len(m.BOMB) < MAX_BODY_BYTES
    assert fate(bomb) == refused(400, NOT_JSON[route])
    assert memory_beside(bomb) <= 0


# --- what may stand in JSON


def test_nul_in_a_signature_is_another_signature(route: str, push: dict[str, Any]) -> None:
    part, name = m.SIGNATURES[route]

    assert fate(m.with_part(push, part, name, push[part][name] + "\x00")) == refused(401, "signature")


def test_nul_in_the_path_is_another_bot(push: dict[str, Any]) -> None:
    path = push["requestContext"]["http"]["path"] + "\x00"

    assert fate({**push, "requestContext": {"http": {"method": "POST", "path": path}}}) == refused(
        401, "unknown_bot"
    )


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


def test_a_lone_surrogate_in_a_header_is_no_request(route: str, push: dict[str, Any]) -> None:
    part, name = m.SIGNATURES[route]
    event = json.dumps(m.with_part(push, part, name, "\ud83d")).encode()

    assert fate(event) == refused(400, "not_an_http_event")


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


def test_ten_thousand_levels_are_not_read(route: str, push: dict[str, Any]) -> None:
    assert fate({**push, "body": m.DEEP}) == refused(400, TOO_DEEP[route])
    assert fate(m.appended(push, f'"x": {m.DEEP}')) == refused(400, TOO_DEEP[route])
    assert fate({**push, "headers": m.DEEP}) == refused(400, "not_an_http_event")


@pytest.mark.parametrize("field", ["headers", "queryParameters", "body", "unknown"])
def test_ten_thousand_levels_around_the_body_are_no_request(push: dict[str, Any], field: str) -> None:
    raw = json.dumps({**push, field: "_deep_"}).replace('"_deep_"', m.DEEP).encode()

    assert fate(raw) == refused(400, "not_an_http_event")


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


HUGE = ("1" + "0" * 400, "9" * 4_300, "-" + "9" * 30, "1e308")


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


@pytest.mark.parametrize("stamp", ["9" * 5_000, "1e13", "-1", "0", "0" * 15, "١٢٣", "NaN", " 1767225600500"])
def test_a_signed_timestamp_that_is_no_time_is_stale(stamp: str) -> None:
    assert fate(robot_push(message(), timestamp=stamp)) == refused(401, "stale")
    assert fate(card_push(click_body(), timestamp=stamp)) == refused(401, "stale")
    assert fate(event_push(event_body(), timestamp=stamp)) == refused(401, "stale")


# --- memory


def memory_beside(event: dict[str, Any] | bytes) -> int:
    """Bytes of memory beyond twice the input and one MiB; below zero is within."""
    raw = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
    edge = Edge()
    edge.callback.answer(raw)  # what is imported for the first push is not the push's
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        edge.callback.answer(raw)
        return tracemalloc.get_traced_memory()[1] - before - 2 * len(raw) - 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", ["[]", "{}", '{"":0}', "[[]]", '{"a":{}}', '"aa"', '"中"', "1.5", '"{"'])
def test_no_body_takes_more_than_twice_its_size_and_a_mebibyte(unit: str) -> None:
    def fill(body: str, size: int) -> str:
        count = (size - len(body.encode()) - 20) // (len(unit.encode()) + 1)
        return body[:-1] + ', "x": [' + ",".join([unit] * count) + "]}"

    assert memory_beside(robot_push(fill(message(), MAX_BODY_BYTES))) <= 0
    assert memory_beside(card_push(fill(click_body(), MAX_BODY_BYTES))) <= 0
    assert memory_beside(event_push(fill(event_body(), MAX_BODY_BYTES * 5 // 7))) <= 0
    assert memory_beside(m.card(content=fill('{"a":0}', MAX_BODY_BYTES // 2))) <= 0
    assert memory_beside(m.card(content=fill('{"a":0}', MAX_BODY_BYTES // 2)[1:])) <= 0


def test_braces_in_a_question_are_no_parts() -> None:
    edge = Edge()
    edge.send(robot_push(message(text={"content": '{"[' * 5_000}, senderNick="\\")))

    assert edge.queued[0].text == '{"[' * 5_000


def test_the_secret_of_another_address_opens_none() -> None:
    assert fate(card_push(click_body(), secret=SECRET)) == refused(401, "signature")
