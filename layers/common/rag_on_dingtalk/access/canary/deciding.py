"""Deciding about an experiment, for the chat's command, the command line and the console alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.experiments import ExperimentStatus, State
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.storage.shared.experiments import Experiments

Wish = Literal["stop", "promote", "start"]

#: What each wish makes of an experiment, and what it is called in the audit.
WISHES: Mapping[Wish, tuple[State, str]] = {
    "stop": ("stopped", "canary.stopped"),
    "promote": ("promoted", "canary.promoted"),
    "start": ("running", "canary.started"),
}
#: Of decisions that others made at the same moment.
_ATTEMPTS = 5


async def decide_experiment(
    store: Experiments, bot: str, name: str, wish: Wish, *, by: str, now_ms: int
) -> bool:
    """Let the experiment stand as wished; False when it does so already. A start forgets its arms' counts.

    by: the staff id of who wishes it. What was done is the caller's to record.

    Raises:
        StateError: Tablestore did not confirm it, or others kept deciding; the same wish again does no harm.
    """
    state = WISHES[wish][0]
    for _ in range(_ATTEMPTS):
        row = (await store.of(bot)).get(name, ExperimentRow())
        by_guard = row.status.state == "stopped" and row.status.by == "guard"
        # A person's stop of what the guard has stopped says: seen.
        if row.status.state == state and not by_guard:
            return False
        if wish == "start":
            await store.begin_anew(bot, name)
        status = ExperimentStatus(state=state, by=by, at_ms=now_ms)
        if await store.decide(bot, name, status, after=row):
            return True
    raise StateError("contended", "the experiment was decided about too often at once")
