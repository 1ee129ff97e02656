"""What becomes of a push: status, reason in the log, whether it is queued."""

from __future__ import annotations

from typing import Any

from tests.unit.webhook.edge import Edge

#: What changing nothing is answered.
TAKEN: tuple[int, list[str], int] = (200, [], 1)
#: Why what is no JSON is refused, by route.
NOT_JSON = {"robot": "not_json", "events": "not_an_envelope", "cards": "not_json"}


def fate(event: dict[str, Any] | bytes) -> tuple[int, list[Any], int]:
    """Status, reasons, and how many jobs are in the queue afterwards."""
    edge = Edge()
    status, _ = edge.send(event)
    return status, edge.reasons, len(edge.queued)


def refused(status: int, reason: str) -> tuple[int, list[str], int]:
    return status, [reason], 0
