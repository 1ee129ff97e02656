"""What only Bailian does wrong, or may do: not all of it is documented."""

from __future__ import annotations

CODE = "knowledge.bailian.code"
BLOCKED = "knowledge.bailian.blocked"
FINISH = "knowledge.bailian.finish"
REPEATS = "knowledge.bailian.repeats"
SESSION_EXPIRED = "knowledge.bailian.session_expired"
SESSION_REFUSED = "knowledge.bailian.session_refused"

FAULTS = {
    CODE: "A question is refused; value: the error code (Arrearage).",
    BLOCKED: "Content review ends a stream midway; value: after how many pieces (5).",
    FINISH: "The answer ends for another reason; value: the reason (length).",
    REPEATS: "A stream's last event holds the whole text again, though the pieces were new each.",
    SESSION_EXPIRED: "A session is over: the answer has a new context and a new id.",
    SESSION_REFUSED: "A session is over: the question is an error (which of the two is not documented).",
}
