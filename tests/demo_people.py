"""Who is who in the demo's second bot."""

from __future__ import annotations

from rag_on_dingtalk.access.canary.arms import drawn

#: As `devserver/bots.yaml` has it.
_BOT, _EXPERIMENT, _PERCENT = "team", "general-next", 40


def is_stable(staff_id: str) -> bool:
    """Whether the canary passes the person by: people of different arms share neither answers nor context."""
    return drawn(_BOT, _EXPERIMENT, staff_id) >= _PERCENT
