"""Doing without cards for a while after DingTalk has refused several in a row. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.cards.ai_card import OF_ONE_QUESTION
from rag_on_dingtalk.dingtalk.openapi.call_gate import HELD_BACK, USED_UP

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

_REFUSALS = 3
_PAUSE_MS = 10 * 60_000
#: These say nothing about the app's permissions or its template.
_NO_REASON_TO_PAUSE = OF_ONE_QUESTION | {USED_UP, HELD_BACK}


class CardPause:
    """One bot's cards: a missing permission or a broken template refuses every one, and each costs a call."""

    def __init__(self) -> None:
        self._refusals = 0
        self._until_ms = 0

    def over(self, now_ms: int) -> bool:
        """Whether a card is worth trying."""
        return now_ms >= self._until_ms

    def taken(self) -> None:
        """DingTalk took a card."""
        self._refusals = 0

    def refused(self, error: DingTalkError, now_ms: int) -> bool:
        """DingTalk refused one; True when no more are tried from now on.

        After a pause a single refusal begins the next one.
        """
        if error.retryable or error.code in _NO_REASON_TO_PAUSE:
            return False
        self._refusals += 1
        if self._refusals < _REFUSALS or not self.over(now_ms):
            return False
        self._until_ms = now_ms + _PAUSE_MS
        return True
