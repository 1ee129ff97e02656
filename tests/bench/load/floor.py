"""The least that an answer on a card takes: aiohttp alone, one frame a second, nothing written down.

No claim, no queue, no record, no budget; a failure of anything loses the answer. Run as a program.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os

import aiohttp

from tests.bench.load.running import run

_CREATION = {"cardTemplateId": "t.schema", "callbackType": "HTTP", "userIdType": 1}


async def main() -> None:
    url = os.environ["OTHER_SIDE"]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def answer(name: str) -> None:
            await _Answer(session, url, name).give()

        await run(answer)


class _Answer:
    def __init__(self, session: aiohttp.ClientSession, url: str, name: str) -> None:
        self._session = session
        self._url = url
        self._name = name
        self._pieces: list[str] = []
        self._changed = asyncio.Event()

    async def give(self) -> None:
        showing = asyncio.create_task(self._show())
        await self._hear()
        showing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await showing
        await self._frame(final=True)

    async def _hear(self) -> None:
        question = {"model": "m", "stream": True, "messages": [{"role": "user", "content": self._name}]}
        async with self._session.post(f"{self._url}/v1/chat/completions", json=question) as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    self._pieces.append(json.loads(line[6:])["choices"][0]["delta"]["content"])
                    self._changed.set()

    async def _show(self) -> None:
        await self._call("POST", "/v1.0/card/instances/createAndDeliver", _CREATION)
        while True:
            await self._changed.wait()
            self._changed.clear()
            await asyncio.shield(self._frame(final=False))
            await asyncio.sleep(1.0)

    async def _frame(self, *, final: bool) -> None:
        text = "".join(self._pieces)
        frame = {"guid": "g", "key": "content", "content": text, "isFull": True, "isFinalize": final}
        await self._call("PUT", "/v1.0/card/streaming", frame)

    async def _call(self, method: str, path: str, body: dict[str, object]) -> None:
        body = {"outTrackId": self._name, **body}
        headers = {"x-acs-dingtalk-access-token": "token"}
        async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
            await response.json()


if __name__ == "__main__":
    asyncio.run(main())
