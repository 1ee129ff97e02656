"""What an answer costs of a DingTalk plan's quotas. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.cost.prices import Plan
from rag_on_dingtalk.delivery.pacing import CARD_CALLS, Mode, next_frame_due

if TYPE_CHECKING:
    from rag_on_dingtalk.cost.load import Load
    from rag_on_dingtalk.cost.prices import DingTalkPrices

#: How an answer reaches the person: a card, streamed in one of three ways, or one message to the webhook.
Way = Literal["live", "economical", "final", "message"]
WAYS: tuple[Way, ...] = ("live", "economical", "final", "message")


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of answering needs.

    calls_per_answer, calls, pushes: of the quotas, the latter two a month.
    peak_rate: calls a second of the streaming API in the busiest hour; its limit is per API.
    plan: the smallest that is enough; None: not even the largest.
    """

    way: Way
    calls_per_answer: int
    calls: int
    pushes: int
    peak_rate: float
    plan: Plan | None

    def answers_on(self, plan: Plan) -> int:
        """How many answers a month a plan has room for; each needs the push that brings its question."""
        return min(plan.pushes, plan.calls // self.calls_per_answer) if self.calls_per_answer else plan.pushes


def use_of(prices: DingTalkPrices, load: Load, way: Way, *, first_piece: float) -> Use:
    """What `load` needs; first_piece: seconds until the backend's first words."""
    frames = 0 if way == "message" else frames_of(way, load.seconds - first_piece)
    calls = 0 if way == "message" else CARD_CALLS + frames
    pushes = load.questions
    return Use(
        way=way,
        calls_per_answer=calls,
        calls=calls * load.questions,
        pushes=pushes,
        peak_rate=load.arrivals * load.peak * max(0, calls - 1),
        plan=next(
            (plan for plan in prices.plans if plan.calls >= calls * load.questions and plan.pushes >= pushes),
            None,
        ),
    )


def frames_of(mode: Mode, seconds: float) -> int:
    """Frames before the final one while an answer grows for `seconds`."""
    sent = last_ms = 0
    while (due := next_frame_due(mode, sent=sent, first_ms=0, last_ms=last_ms)) is not None:
        if due >= seconds * 1_000:
            break
        sent, last_ms = sent + 1, due
    return sent
