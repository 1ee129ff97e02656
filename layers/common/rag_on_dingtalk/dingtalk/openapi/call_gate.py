"""The gate of the OpenAPI client: what decides when a call may be sent, and counts it.

Sources: "服务端 API 错误码" (development/server-api-error-codes-1) for the codes of DingTalk's limits.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

#: Our codes for calls that were not sent; DingTalk has no such codes.
USED_UP = "month_used_up"
HELD_BACK = "held_back"
#: Their HTTP status, as of DingTalk's limits: the call has certainly not happened.
_REFUSED = 403
#: Parts of the codes of refusals that DingTalk does not count against the month.
_UNCOUNTED = ("QpsLimit", "QpmLimit")


class Priority(Enum):
    """What a call is worth.

    MUST: the reply itself and the last frame of its card. Waits, and may use the calls that are kept back.
    CARD: a card that is to be created. Like MUST, but no longer than the app's settings say: see
        `card_wait_seconds`. Of one answer, a second such call takes the position of the first.
    OFFER: the buttons of which a card's last frame speaks. Like MUST, but leaves alone the call that is set
        aside for that frame.
    EXTRA: pictures, files and suggestions. Waits like MUST, but leaves alone what is kept back or set aside.
    FRAME: an unfinished text. Waits until no other call wants the place.
    NICE: a note that is worth nothing later, such as a place in the queue. Sent at once or not at all.
    """

    MUST = "must"
    CARD = "card"
    OFFER = "offer"
    EXTRA = "extra"
    FRAME = "frame"
    NICE = "nice"


class Gate(Protocol):
    """Lets calls through. An api is method and path, for example `PUT /v1.0/card/streaming`."""

    def reserve(self, api: str, priority: Priority) -> AbstractAsyncContextManager[None]:
        """Wait until the call may be sent; send exactly one call inside the block.

        The block has to let the call's DingTalkError out: a call that DingTalk did not count is not counted.

        Raises:
            DingTalkError: USED_UP, the month has no call left for it; HELD_BACK, it may not be sent just now.
        """
        ...


class OpenGate:
    """The gate of calls that no quota limits."""

    @asynccontextmanager
    async def reserve(self, api: str, priority: Priority) -> AsyncIterator[None]:  # noqa: ARG002 - as in Gate
        """At once."""
        yield


def not_sent(code: str, words: str) -> DingTalkError:
    """The error of a call that did not leave: USED_UP or HELD_BACK. It is not repeated."""
    error = DingTalkError(code, words, status=_REFUSED)
    error.never_left = True
    return error


def is_counted(error: DingTalkError) -> bool:
    """Whether a call that failed like this counts against the month."""
    return not error.never_left and not any(code in error.code for code in _UNCOUNTED)
