"""Alibaba Cloud Content Moderation as a moderation service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.cloud.content_moderation import (
    MOST_OF_A_QUESTION,
    MOST_OF_AN_ANSWER,
    RISKS,
    moderation_call,
    read_judgement,
)
from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.cloud.acs3 import Credentials
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.settings.sections.safety import AliyunModeration


class AliyunService:
    """Asks TextModerationPlus.

    credentials: read for every call; clock: seconds since the epoch; nonce: never the same twice.
    """

    def __init__(
        self,
        settings: AliyunModeration,
        http: httpx.AsyncClient,
        *,
        credentials: Callable[[], Credentials],
        clock: Callable[[], float],
        nonce: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce
        self._endpoint = settings.endpoint or f"https://green-cip.{settings.region}.aliyuncs.com"

    def most(self, direction: Direction) -> int:
        """As the service's documentation says."""
        return MOST_OF_A_QUESTION if direction == "question" else MOST_OF_AN_ANSWER

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        """As `ModerationService.judge`."""
        settings = self._settings
        call = moderation_call(
            endpoint=self._endpoint,
            service=settings.question_service if direction == "question" else settings.answer_service,
            text=text,
            session=session,
            credentials=self._credentials(),
            now=self._clock(),
            nonce=self._nonce(),
        )
        try:
            response = await self._http.post(call.url, headers=call.headers, content=call.body)
        except httpx.HTTPError as error:
            raise ModerationError("unreachable", f"{type(error).__name__}.") from error
        found = read_judgement(response.status_code, response.content)
        allowed = RISKS.index(found.risk) < RISKS.index(settings.block_from)
        return Verdict(allowed, found.labels, answer="" if allowed else found.answer)
