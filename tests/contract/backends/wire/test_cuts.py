"""Every backend: an answer whose bytes are cut in two, anywhere, is the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.testing.outcome import outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.testing.dialect import Dialect

PIECES = ["<think>卡</think>补卡", "每月", " 🙂", "三次。<br>"]
#: The reader of events is cut at every place of its own, in `tests/unit/backends/test_sse.py`.
_EACH = 5
ANSWER = "补卡每月 🙂三次。<br>"


class CutBody(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def test_an_answer_cut_in_two_anywhere_is_the_same(dialect: Dialect) -> None:
    whole = (b"".join(map(dialect.text, PIECES)) + dialect.end()).replace(b"\n", b"\r\n")
    # The first one is asked whole.
    places = iter((0, *range(1, len(whole), _EACH)))

    def answer(_request: httpx.Request) -> httpx.Response:
        at = next(places)
        return httpx.Response(200, stream=CutBody(whole[:at], whole[at:]))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        backend = dialect.build("http://kb.example.com", http)
        unspoilt = await outcome(backend)
        assert (unspoilt.error, unspoilt.text) == (None, ANSWER)
        for at in range(1, len(whole), _EACH):
            seen = await outcome(backend)
            assert (seen.error, seen.text, seen.citations) == (None, ANSWER, unspoilt.citations), at
