"""What the callback puts into FC's queue and writes into its log, kept for a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rag_on_dingtalk.cloud.job_codec import decode_job
from rag_on_dingtalk.errors import QueueError


@dataclass(kw_only=True)
class RecordedQueue:
    """A queue and a log in memory; `refuse` closes the queue."""

    refuse: bool = False
    payloads: list[bytes] = field(default_factory=list)
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def enqueue(self, payload: bytes) -> str:
        """As `cloud/fc_invoke.py` does it: returns the request's id, or raises QueueError."""
        if self.refuse:
            raise QueueError("Function Compute answered 503")
        self.payloads.append(payload)
        return "request-1"

    def log(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        """Keep one line."""
        self.lines.append((message, {"level": level, **fields}))

    @property
    def queued(self) -> list[Any]:
        """The jobs."""
        return [decode_job(payload) for payload in self.payloads]
