"""A file is sent as the same JSON that it always was, without ever being there as a whole."""

from __future__ import annotations

import base64
import json
import sys
import tracemalloc
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import Upload
from rag_on_dingtalk.backends.transport.uploads import DataUrl, JsonBody

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PICTURE = Upload("1.png", "image/png", b"\x89PNG")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def whole(body: JsonBody) -> bytes:
    return b"".join(body.pieces())


@given(ANYTHING, st.lists(st.binary(max_size=200_000), max_size=3), st.text())
def test_the_body_is_the_json_of_the_payload_with_every_file_in_its_place(
    other: object, files: list[bytes], question: str
) -> None:
    uploads = [Upload("f", "image/png", data) for data in files]
    body = JsonBody({"question": question, "files": [DataUrl(one) for one in uploads], "other": other})
    expected = {
        "question": question,
        "files": [f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in files],
        "other": other,
    }

    sent = whole(body)
    assert sent == json.dumps(expected, ensure_ascii=False).encode("utf-8", "replace")
    assert len(body) == len(sent)
    assert (body.whole is None) == bool(files)


def test_without_a_file_it_is_there_at_once() -> None:
    assert JsonBody({"message": "年假？\ud83d"}).whole == '{"message": "年假？?"}'.encode()


async def test_it_can_be_asked_for_piece_by_piece() -> None:
    body = JsonBody({"file": DataUrl(PICTURE), "message": "这是什么？"})

    expected = whole(body)

    assert b"".join([piece async for piece in body]) == expected


@pytest.mark.parametrize("taken", [1, 100], ids=["given up", "sent"])
async def test_once_it_is_sent_or_given_up_the_file_is_let_go(taken: int) -> None:
    upload = Upload("1.png", "image/png", bytes(bytearray(200_000)))
    body = JsonBody({"file": DataUrl(upload)})
    before = sys.getrefcount(upload.data)
    async with aclosing(cast("AsyncGenerator[bytes, None]", aiter(body))) as pieces:
        async for _ in pieces:
            taken -= 1
            if not taken:
                break

    after = sys.getrefcount(upload.data)
    assert after < before


def test_a_large_file_is_never_there_twice() -> None:
    data = bytes(9_500_000)
    tracemalloc.start()
    try:
        sent = sum(map(len, JsonBody({"file": DataUrl(Upload("f", "image/png", data))}).pieces()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sent > 12_000_000
    assert peak < 500_000


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes is no JSON"):
        JsonBody({"file": b"x"})
