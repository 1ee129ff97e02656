"""A person's files on their way to a backend: encoded piece by piece while they are sent. Pure.

A picture of 10 MB would otherwise be there several times over: as it came, in base64, as a part of the
payload, as JSON and in the connection's buffer.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from rag_on_dingtalk.backends.base import Upload

#: Of the file, in one piece; a multiple of three, so that base64 pads the last one only.
_PIECE_BYTES = 48 * 1024


class DataUrl:
    """The file as a `data:` URL, in a payload; `JsonBody` writes it out."""

    def __init__(self, upload: Upload) -> None:
        self._head = f"data:{upload.media_type};base64,".encode()
        self._data = upload.data

    def __len__(self) -> int:
        """Its bytes, encoded."""
        return len(self._head) + (len(self._data) + 2) // 3 * 4

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, encoded, from the beginning to the end."""
        yield self._head
        view = memoryview(self._data)
        for start in range(0, len(view), _PIECE_BYTES):
            yield base64.b64encode(view[start : start + _PIECE_BYTES])


class JsonBody:
    """A payload as JSON in UTF-8, with any DataUrl in it encoded only while it is sent.

    mark: makes what no payload contains.
    """

    def __init__(
        self, payload: Mapping[str, object], *, mark: Callable[[], str] = lambda: uuid.uuid4().hex
    ) -> None:
        token = mark()
        urls: list[DataUrl] = []

        def _place(value: object) -> str:
            if not isinstance(value, DataUrl):
                raise TypeError(f"{type(value).__name__} is no JSON")
            urls.append(value)
            return token

        # A text from a chat may hold half a surrogate pair, which UTF-8 cannot say.
        text = json.dumps(payload, ensure_ascii=False, default=_place).encode("utf-8", "replace")
        self._texts = text.split(token.encode()) if urls else [text]
        self._urls = urls

    def __len__(self) -> int:
        """Its bytes."""
        return sum(map(len, self._texts)) + sum(map(len, self._urls))

    @property
    def whole(self) -> bytes | None:
        """All of it, unless there is a file in it."""
        return None if self._urls else self._texts[0]

    def pieces(self) -> Iterator[bytes]:
        """Its bytes from the beginning to the end."""
        for number, text in enumerate(self._texts):
            if number:
                yield from self._urls[number - 1].pieces()
            yield text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces, as an HTTP client asks for them, once: afterwards the files are let go.

        A client keeps its request, and with it this body, until the answer has ended; reference cycles keep
        it until the next garbage collection.
        """
        try:
            for piece in self.pieces():
                yield piece
        finally:
            self._texts, self._urls = [], []
