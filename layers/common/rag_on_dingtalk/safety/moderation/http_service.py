"""Any HTTP service as a moderation service.

    POST url      {"text": "…", "direction": "question" | "answer", "session": "…"}
    200           {"action": "pass" | "block", "labels": ["…"], "answer": "…"}

`labels` and `answer` may be missing. Any other status or body counts as an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import httpx
import msgspec

from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.verdict import Verdict

if TYPE_CHECKING:
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.safety import HttpModeration

_OK = 200
_MOST = 5_000


class _Answer(msgspec.Struct):
    action: Literal["pass", "block"]
    labels: list[str] = []
    answer: str = ""


class HttpService:
    """Asks one address. api_key: None: the service needs none."""

    def __init__(self, settings: HttpModeration, http: httpx.AsyncClient, api_key: Secret | None) -> None:
        self._url = settings.url
        self._http = http
        self._api_key = api_key

    def most(self, direction: Direction) -> int:
        """The same for both directions."""
        del direction
        return _MOST

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        """As `ModerationService.judge`."""
        headers = {"content-type": "application/json"}
        if self._api_key is not None:
            headers["authorization"] = f"Bearer {self._api_key.reveal()}"
        body = msgspec.json.encode({"text": text, "direction": direction, "session": session})
        try:
            response = await self._http.post(self._url, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise ModerationError("unreachable", f"{type(error).__name__}.") from error
        if response.status_code != _OK:
            raise ModerationError(f"http_{response.status_code}", "Look into its log.")
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # From None: the body may quote the text.
            raise ModerationError("unreadable", "Its answer has another shape than documented.") from None
        return Verdict(answer.action == "pass", tuple(answer.labels), answer=answer.answer)
