"""A run of golden questions while it is under way: how far it is, and who asks. Pure."""

# No `from __future__ import annotations`: msgspec reads the types.

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

#: FC keeps a job for ten minutes (maxAsyncEventAgeInSeconds in infra/); a run that waits longer in the queue
#: is lost.
QUEUED_MS = 660_000
#: Between the clocks of two instances.
GRACE_MS = 5_000
#: Questions in flight.
AT_ONCE = 2
#: A run of more is not asked to its end: something is wrong with it.
MOST_SLICES = 300

State = Literal["running", "stopped", "failed", "done"]


class EvaluationWork(msgspec.Struct, frozen=True, kw_only=True):
    """The run; its row has these columns, and one more for each judged question (`judged_column`).

    run: an id. routes: those whose backends are asked, the one that is judged first.
    name: of the list; text: its lines. total: questions times routes; done: those judged so far.
    number: of the slice that asks. owner: the invocation that asks; empty: the run waits in the queue.
    until_ms: when the owner or the queue has had its time, without a further sign of life.
    by, why: who began it, and the reason. began_ms, ended_ms: when; 0: not yet.
    reason: why it failed: `given_up`, `not_queued`, `too_long`, `settings`.
    All times are milliseconds since the epoch.
    """

    run: str
    state: State
    routes: tuple[str, ...]
    name: str
    text: str
    total: int
    done: int = 0
    number: int = 0
    owner: str = ""
    until_ms: int = 0
    by: str = ""
    why: str = ""
    began_ms: int = 0
    ended_ms: int = 0
    reason: str = ""

    @property
    def open(self) -> bool:
        """It has not ended, as far as is recorded."""
        return self.state == "running"

    def died(self, now_ms: int) -> bool:
        """No invocation asks, and none will."""
        return self.open and self.until_ms + GRACE_MS < now_ms

    def begins_anew(self, now_ms: int) -> bool:
        """It has ended before its last question, and may go on."""
        return self.state in ("stopped", "failed") or self.died(now_ms)

    @property
    def mark(self) -> dict[str, str | int]:
        """Columns that tell this state of the run from every later one."""
        return {
            "run": self.run,
            "state": self.state,
            "number": self.number,
            "owner": self.owner,
            "until_ms": self.until_ms,
        }


#: All that says how far it is.
COLUMNS = EvaluationWork.__struct_fields__
#: The same without the questions, for what asks often.
PROGRESS = tuple(name for name in COLUMNS if name != "text")


def work_columns(work: EvaluationWork) -> dict[str, str | int]:
    """As it is stored."""
    columns: dict[str, str | int] = msgspec.to_builtins(work)
    return {**columns, "routes": msgspec.json.encode(work.routes).decode()}


def read_work(columns: Mapping[str, Any]) -> EvaluationWork | None:
    """The stored run; None: there is none, or it is of another edition."""
    try:
        routes = msgspec.json.decode(str(columns["routes"]))
        return msgspec.convert({"text": "", **columns, "routes": routes}, EvaluationWork)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError):
        return None


def judged_column(route: int, question: int) -> str:
    """The column of one question, by the numbers of its route and itself."""
    return f"judged_{route}_{question:03d}"
