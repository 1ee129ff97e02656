"""How a body travels: chunks, gzip, and how much of it, and what reading it takes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from rag_on_dingtalk.cloud.fc_web import MAX_BODY_BYTES
from tests.unit.webhook import mutations as m
from tests.unit.webhook.edge import (
    Edge,
    card_push,
    click_body,
    event_body,
    event_push,
    message,
    robot_push,
    wire,
)
from tests.unit.webhook.mutated.fate import NOT_JSON, TAKEN, fate, refused

NOT_HTTP = refused(400, "not_http")


def memory_beside(event: dict[str, Any] | bytes) -> int:
    """Bytes of memory beyond twice the input and one MiB; below zero is within."""
    raw = event if isinstance(event, bytes) else wire(event)
    edge = Edge()
    edge.send(raw)  # what is imported for the first push is not the push's
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        edge.send(raw)
        return tracemalloc.get_traced_memory()[1] - before - 2 * len(raw) - 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [1, 100, 60_000])
def test_a_body_in_chunks_is_the_same_body(push: dict[str, Any], size: int) -> None:
    assert fate(m.in_chunks(push, size)) == TAKEN


def test_a_body_of_two_lengths_is_no_http(push: dict[str, Any]) -> None:
    chunked = m.in_chunks(push)

    assert fate(m.with_part(chunked, "headers", "Content-Length", str(len(chunked["body"])))) == NOT_HTTP
    assert fate(m.with_part(push, "headers", "Content-Length", "10, 12")) == NOT_HTTP


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "0x10", "", "٥", "1.5", "5 5"])
def test_a_length_that_is_none_is_no_http(push: dict[str, Any], length: str) -> None:
    assert fate(m.with_part(push, "headers", "Content-Length", length)) == NOT_HTTP


@pytest.mark.parametrize("size", ["-1", "+5", "1_0", "0x40", "", "٥", "g", "5 5"])
def test_a_chunk_whose_size_is_no_number_is_no_http(push: dict[str, Any], size: str) -> None:
    raw = wire(m.in_chunks(push))
    head, body = raw.split(b"\r\n\r\n", 1)
    _, chunks = body.split(b"\r\n", 1)

    assert fate(head + b"\r\n\r\n" + size.encode() + b"\r\n" + chunks) == NOT_HTTP


@pytest.mark.parametrize("coding", ["gzip", "chunked, chunked", "identity", "xchunked"])
def test_a_transfer_coding_that_is_not_known_is_no_http(push: dict[str, Any], coding: str) -> None:
    assert fate(m.with_part(push, "headers", "Transfer-Encoding", coding)) == NOT_HTTP


def test_a_body_that_is_cut_is_refused(push: dict[str, Any]) -> None:
    assert fate(wire(push)[:-1]) == refused(400, "cut")
    assert fate(wire(m.in_chunks(push))[:-1]) == NOT_HTTP


def test_64_kib_are_read_and_65_are_not(push: dict[str, Any]) -> None:
    assert fate(m.padded(push, MAX_BODY_BYTES)) == TAKEN
    assert fate(m.padded(push, MAX_BODY_BYTES + 1)) == refused(413, "too_large")
    assert fate(m.too_large(push)) == refused(413, "too_large")
    assert fate(m.in_chunks(m.too_large(push))) == refused(413, "too_large")
    assert fate(m.with_part(push, "headers", "Content-Length", "9" * 30)) == refused(413, "too_large")


def test_nothing_is_unzipped(route: str, push: dict[str, Any]) -> None:
    assert fate(m.zipped(push)) == refused(400, NOT_JSON[route])


def test_a_gzip_bomb_stays_as_small_as_it_came(route: str, push: dict[str, Any]) -> None:
    bomb = m.zipped(push, m.bomb())

    assert len(m.bomb()) < MAX_BODY_BYTES
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
