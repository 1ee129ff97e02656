"""Being the one who answers: claim the turn, or wait for whoever has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.state.turns import Record, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.state.turns import Turns

_LOOK_AGAIN_SECONDS = 2.0


async def claim_turn(
    turns: Turns,
    question: Question,
    *,
    owner: str,
    lease_seconds: float,
    deadline_ms: int,
    clock: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
) -> Record | None:
    """The record to continue from; None when another invocation has answered, or still holds the turn.

    deadline_ms: when this invocation ends, and with it any lease it could have.

    A second delivery and FC's retry after a crash look the same: somebody else's lease. So both wait until
    the turn is done or the lease ends, rather than trusting an owner that may be dead.

    Raises:
        StateError: Tablestore could not be asked.
    """
    pause = min(_LOOK_AGAIN_SECONDS, lease_seconds / 4)
    while True:
        now_ms = clock()
        lease_ms = lease_end(now_ms, lease_seconds, deadline_ms)
        claim = await turns.claim(question, owner=owner, now_ms=now_ms, lease_ms=lease_ms)
        if isinstance(claim, Record):
            return claim
        if claim is Refused.DONE or now_ms + pause * 1000 >= deadline_ms:
            return None
        await sleep(pause)


def lease_end(now_ms: int, lease_seconds: float, deadline_ms: int) -> int:
    """Until when a claim made or renewed now holds: not beyond the invocation that made it."""
    return min(now_ms + int(lease_seconds * 1000), deadline_ms)
