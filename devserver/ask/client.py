"""A running local system, over its console's API."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

Json = dict[str, Any]

_STARTING = 503
_PATIENCE_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.1


class RefusedError(Exception):
    """Raised when the system does not take what it was told; the message is its sentence."""


class ConsoleClient:
    """The calls; `http` is bound to the console's address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def state(self) -> Json | None:
        """People, bots and conversations; None when no local system answers at this address."""
        try:
            response = await asyncio.wait_for(self._once_started("/api/state"), _PATIENCE_SECONDS)
            state = response.json()
        except (httpx.HTTPError, asyncio.TimeoutError, ValueError):
            return None
        return state if isinstance(state, dict) and "bots" in state else None

    async def say(self, **said: str) -> Json:
        """Say something; see `devserver.page.bodies.Say`. Returns when the bot's callback has answered.

        Raises:
            RefusedError: there is no such person, bot or conversation.
        """
        # The callback may use all of DingTalk's patience.
        response = await self._http.post("/api/say", json=said, timeout=30.0)
        answer: Json = response.json()
        if response.is_error:
            raise RefusedError(answer["error"])
        return answer

    async def turn(self, turn_id: str, *, frames_from: int = 0) -> Json:
        """What has become of a question; see `devserver.page.turn.report`."""
        response = await self._http.get(f"/api/turns/{turn_id}", params={"frames_from": frames_from})
        report: Json = response.raise_for_status().json()
        return report

    async def _once_started(self, path: str) -> httpx.Response:
        while (response := await self._http.get(path)).status_code == _STARTING:  # noqa: ASYNC110 - another process starts
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return response
