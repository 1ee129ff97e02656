"""How an answer ends: its reason, a body that stays open, a whole that is said again."""

from __future__ import annotations

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.scripted import Move, chunk, data, head
from tests.contract.backends.dialects.openai import DONE
from tests.contract.backends.products.reports.reporting import (
    ANSWER,
    FIRST,
    OPENAI,
    RAGFLOW,
    SECOND,
    STOP,
    THIRD,
    delta,
    ends,
    report,
    says,
)

# The reason decides whether the answer is whole.
REASON = "the reason is not looked at"
REASONS: list[tuple[object, FailureKind]] = [
    ("abort", FailureKind.INTERRUPTED),
    ("error", FailureKind.INTERRUPTED),
    ("network_error", FailureKind.INTERRUPTED),
    ("insufficient_system_resource", FailureKind.INTERRUPTED),
    ({"type": "abort"}, FailureKind.INTERRUPTED),
    ("sensitive", FailureKind.BLOCKED),
    ("SAFETY", FailureKind.BLOCKED),
    ("content_filter", FailureKind.BLOCKED),
    ("length", FailureKind.CUT_SHORT),
]
for reason, failure in REASONS:
    report(
        f"the last chunk's reason is {reason}",
        REASON,
        OPENAI,
        says(OPENAI.text(FIRST), ends(reason), DONE),
        text=FIRST,
        failure=failure,
    )
report(
    "Gemini's finishReason, and no [DONE]",
    REASON,
    OPENAI,
    says(
        delta(content=ANSWER),
        data({"choices": [{"delta": {}, "finish_reason": None, "finishReason": "stop"}]}),
    ),
)
report(
    "neither a reason nor [DONE]",
    REASON,
    OPENAI,
    says(delta(content=FIRST)),
    text=FIRST,
    failure=FailureKind.INTERRUPTED,
)

# The last word shortens the timeouts, and heartbeats do not lengthen it.
OPEN = "the body stays open"
report("silence after [DONE]", OPEN, OPENAI, [head(), chunk(OPENAI.text(ANSWER) + STOP), Move.STAY_SILENT])
report("heartbeats after [DONE]", OPEN, OPENAI, [head(), chunk(OPENAI.text(ANSWER) + STOP), Move.PING_ON])
report(
    "heartbeats in the middle, without end",
    OPEN,
    OPENAI,
    [head(), chunk(OPENAI.text(FIRST)), Move.PING_ON],
    text=FIRST,
    failure=FailureKind.TIMEOUT,
)

REPEATED = "a repetition is recognised in one form only"
report(
    "RAGFlow: all of it again, decorated, before the closing chunk",
    REPEATED,
    RAGFLOW,
    says(*map(RAGFLOW.text, [FIRST, SECOND, THIRD, f"{FIRST}{SECOND} [ID:0]{THIRD}"]), RAGFLOW.end()),
    sources=("员工手册.md",),
)
