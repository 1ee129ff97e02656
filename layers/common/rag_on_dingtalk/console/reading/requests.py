"""Who asked for access in the last days, and what was decided: from the audit, by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.storage.access.leavers import departure_key, left_ms_of
from rag_on_dingtalk.storage.tables import AUDIT, COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

DAYS, _OF_A_DAY, _MOST = 7, 300, 50
#: In place of a decision: the person has left since.
LEFT = "left"


class Request(msgspec.Struct, frozen=True):
    """One request. decided: empty: it waits; else by whom and what, as `owner01:approve:24:…`, or `left`."""

    turn_id: str
    user: str
    route: str
    at_ms: int
    decided: str = ""


async def read_requests(rows: Rows, bot: str, scope: str, now_ms: int) -> tuple[Request, ...]:
    """The newest first, 50 at most, each once.

    scope: whose directory the people are in.

    Raises:
        StateError: Tablestore could not be asked.
    """
    found: dict[str, Request] = {}
    for ago in range(DAYS):
        records, _ = await rows.part(
            AUDIT, f"{bot}/{day_of(now_ms - ago * DAY_MS)}", limit=_OF_A_DAY, backward=True
        )
        for _, row in records:
            turn_id = str(row.get("detail", ""))
            if row.get("act") == "grant.asked" and is_turn_id(turn_id) and len(found) < _MOST:
                request = Request(turn_id, str(row["who"]), str(row["what"]), int(row["at_ms"]))
                found.setdefault(turn_id, request)
    if not found:
        return ()
    # Two keys a request, so that all fit into one BatchGetRow.
    decisions = [decision_key(bot, turn_id) for turn_id in found]
    departures = [departure_key(scope, request.user) for request in found.values()]
    counters = await rows.get_many(COUNTERS, decisions + departures)
    decided, left = counters[: len(found)], counters[len(found) :]
    return tuple(
        msgspec.structs.replace(request, decided=_decided(request, row, left_ms_of(gone)))
        for request, row, gone in zip(found.values(), decided, left, strict=True)
    )


def _decided(request: Request, row: Columns | None, left_ms: int) -> str:
    if row is not None:
        return str(row.get("by", ""))
    return LEFT if left_ms >= request.at_ms else ""


def decision_key(bot: str, turn_id: str) -> tuple[str, str]:
    """Of the counter that tells the first decision on a request from the others."""
    return (f"access:{bot}", turn_id)
