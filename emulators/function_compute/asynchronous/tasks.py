"""What the queue remembers of each async invocation: the platform's AsyncTask.

Source: Function Compute API `AsyncTask` and PyPI `alibabacloud-fc20230330` 4.8.3.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Status = Literal["Enqueued", "Running", "Retrying", "Succeeded", "Failed", "Stopped", "Expired"]

FINAL: frozenset[Status] = frozenset(("Succeeded", "Failed", "Stopped", "Expired"))

#: How many finished tasks are remembered, over all functions; the cloud keeps them seven days.
MAX_FINISHED = 1000


#: The largest body of an async invocation.
MAX_PAYLOAD_BYTES = 128 * 1024


class PayloadTooLargeError(ValueError):
    """Raised when a body exceeds MAX_PAYLOAD_BYTES."""


class TaskEvent(msgspec.Struct, frozen=True):
    """A change of a task's status; `at` is in seconds since the epoch."""

    status: Status
    at: float
    detail: str = ""


class Task(msgspec.Struct, kw_only=True):
    """One async invocation. Times are seconds since the epoch, 0 when they have not come yet."""

    task_id: str
    request_id: str
    function: str
    function_arn: str
    payload: bytes
    enqueued: float
    status: Status = "Enqueued"
    attempts: int = 0
    started: float = 0.0
    ended: float = 0.0
    instance_id: str = ""
    error: str = ""
    returned: bytes = b""
    events: list[TaskEvent] = []

    @property
    def finished(self) -> bool:
        """Whether the status will not change any more."""
        return self.status in FINAL

    def become(self, status: Status, at: float, detail: str = "") -> None:
        """Enter a status."""
        self.status = status
        self.events.append(TaskEvent(status, at, detail))
        if self.finished:
            self.ended = at


def as_json(task: Task, *, with_payload: bool = True) -> dict[str, Any]:
    """The task as the platform's API writes it; times in milliseconds."""
    body: dict[str, Any] = {
        "taskId": task.task_id,
        "requestId": task.request_id,
        "functionArn": task.function_arn,
        "qualifier": "LATEST",
        "status": task.status,
        "alreadyRetriedTimes": max(0, task.attempts - 1),
        "startedTime": int((task.started or task.enqueued) * 1000),
        "instanceId": task.instance_id,
        "taskErrorMessage": task.error,
        "events": [
            {
                "status": event.status,
                "timestamp": int(event.at * 1000),
                "eventDetail": event.detail,
                "eventId": index,
            }
            for index, event in enumerate(task.events)
        ],
    }
    if task.ended:
        body["endTime"] = int(task.ended * 1000)
        body["durationMs"] = int((task.ended - (task.started or task.enqueued)) * 1000)
    if with_payload:
        body["taskPayload"] = task.payload.decode("utf-8", "replace")
        body["returnPayload"] = task.returned.decode("utf-8", "replace")
    return body


class TaskBook:
    """All tasks that are known, oldest first."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []

    def add(self, task: Task) -> None:
        """Remember a task; the oldest finished one is forgotten when there are too many."""
        self._tasks.append(task)
        if len(self._tasks) > MAX_FINISHED:
            finished = next((known for known in self._tasks if known.finished), None)
            if finished is not None:
                self._tasks.remove(finished)

    def all(self, function: str = "") -> list[Task]:
        """Those of one function, or of all."""
        return [task for task in self._tasks if function in ("", task.function)]

    def find(self, function: str, task_id: str) -> Task | None:
        """The newest task of that id: without asyncTask an id may be used again."""
        return next((task for task in reversed(self.all(function)) if task.task_id == task_id), None)
