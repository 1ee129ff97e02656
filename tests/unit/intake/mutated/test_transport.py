"""How a body travels: base64, chunks, gzip, and how much of it, and what reading it takes."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from rag_on_dingtalk.intake.http_event import MAX_BODY_BYTES
from tests.unit.intake import mutations as m
from tests.unit.intake.edge import Edge, card_push, click_body, event_body, event_push, message, robot_push
from tests.unit.intake.mutated.fate import NOT_JSON, TAKEN, fate, refused


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
