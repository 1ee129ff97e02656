"""The ways KMS can misbehave here, as they are listed to the person who switches them on.

Sources: help.aliyun.com/knowledge_detail/444042 for 429 `Rejected.Throttling`; the official
`aliyun-secretsmanager-client-python` for the codes that it tries again (`Rejected.Throttling`,
`ServiceUnavailableTemporary`, `InternalFailure`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

AWAY = "kms.away"
BUSY = "kms.busy"
SLOW = "kms.slow"
THROTTLE = "kms.throttle"

#: Seconds an answer waits when `kms.slow` is switched on without a value.
SLOW_BY_DEFAULT = 3.0

_HELP = {
    AWAY: "KMS closes the connection without an answer.",
    BUSY: "KMS answers 503 ServiceUnavailableTemporary.",
    SLOW: f"KMS answers late; value: seconds ({SLOW_BY_DEFAULT:g} if not given).",
    THROTTLE: "KMS answers 429 Rejected.Throttling.",
}


def declare(faults: FaultBoard) -> None:
    """Make them known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)
