"""A company's own classifier: `POST {url}/score {"text", "direction"}` → `{"scores": {"gambling": 0.93}}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import httpx
import msgspec

from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.verdict import Verdict

if TYPE_CHECKING:
    from rag_on_dingtalk.safety.moderation.plugin import ModerationContext
    from rag_on_dingtalk.safety.verdict import Direction

_OK = 200
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Answer(msgspec.Struct):
    scores: dict[str, _Share]


class Checks:
    """See `rag_on_dingtalk.safety.moderation.service.ModerationService`, whose methods these are."""

    API = 1

    class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What stands beside `kind` in bots.yaml.

        url: the classifier's address.
        block_from: the score from which a text is blocked.
        """

        url: str
        block_from: _Share = 0.8

    def __init__(self, settings: Settings, context: ModerationContext) -> None:
        self._settings = settings
        self._key = context.api_key
        self._http = context.http

    def most(self, direction: Direction) -> int:
        """The classifier reads 1,000 characters; longer texts come in pieces."""
        del direction
        return 1_000

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        """One call. It must not block: other answers run on the same loop, and the time limit counts."""
        del session
        try:
            response = await self._http.post(
                f"{self._settings.url.rstrip('/')}/score",
                headers={"authorization": f"Bearer {self._key.reveal()}"},
                json={"text": text, "direction": direction},
            )
        except httpx.HTTPError as error:
            raise ModerationError("unreachable", f"{type(error).__name__}.") from error
        if response.status_code != _OK:
            raise ModerationError(f"http_{response.status_code}", "Look into the classifier's log.")
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # From None: the body may quote the text.
            raise ModerationError("unreadable", "It did not answer with scores.") from None
        found = [label for label, score in answer.scores.items() if score >= self._settings.block_from]
        return Verdict(not found, tuple(found))
