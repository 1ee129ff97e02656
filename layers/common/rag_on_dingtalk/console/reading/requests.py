"""Who asked for access in the last days, and what was decided: from the audit, by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.models.question import is_turn_id
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.storage.tables import AUDIT, COUNTERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Rows

DAYS, _OF_A_DAY, _MOST = 7, 300, 50


class Request(msgspec.Struct, frozen=True):
    """One request. decided: empty: it waits; else by whom and what, as `owner01:approve:24:…`."""

    turn_id: str
    user: str
    route: str
    at_ms: int
    decided: str = ""


async def read_requests(rows: Rows, bot: str, now_ms: int) -> tuple[Request, ...]:
    """The newest first, 50 at most, each once.

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
    decided = await rows.get_many(COUNTERS, [decision_key(bot, turn_id) for turn_id in found])
    return tuple(
        msgspec.structs.replace(request, decided="" if row is None else str(row.get("by", "")))
        for request, row in zip(found.values(), decided, strict=True)
    )


def decision_key(bot: str, turn_id: str) -> tuple[str, str]:
    """Of the counter that tells the first decision on a request from the others."""
    return (f"access:{bot}", turn_id)
