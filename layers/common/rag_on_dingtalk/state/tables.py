"""The tables, described once: deployment and the local system create what stands here.

Tablestore's TTL is per table, at least a day and counted per cell; it only clears away. Anything shorter is
an `exp` column checked on reads and in conditions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

KeyType = Literal["STRING", "INTEGER"]

_DAY_SECONDS = 86_400


class Table(msgspec.Struct, frozen=True):
    """One table.

    key: primary key columns in order; the first one decides the partition.
    days: rows untouched for longer are gone.
    """

    name: str
    key: tuple[tuple[str, KeyType], ...]
    days: int

    @property
    def ttl_seconds(self) -> int:
        """Tablestore's `time_to_live`."""
        return self.days * _DAY_SECONDS


#: One question's life: status, owner, lease, answer, citations, timings.
TURNS = Table(name="turns", key=(("turn_id", "STRING"),), days=30)

#: What a conversation remembers: the backend's name for it, and until when.
SESSIONS = Table(name="sessions", key=(("session_id", "STRING"),), days=7)

#: Questions of one session in the order asked; the first live one is being answered.
INBOX = Table(
    name="inbox", key=(("session_id", "STRING"), ("asked_ms", "INTEGER"), ("turn_id", "STRING")), days=1
)

#: Capped counters: what was spent on DingTalk, by whom and in which second, day or month.
COUNTERS = Table(name="counters", key=(("scope", "STRING"), ("window", "STRING")), days=40)

#: 👍 and 👎, one row per answer and person.
FEEDBACK = Table(name="feedback", key=(("turn_id", "STRING"), ("user", "STRING")), days=400)

#: Which backends are left alone, and until when; a row is written only when that changes.
BREAKERS = Table(name="breakers", key=(("name", "STRING"),), days=1)

TABLES = (TURNS, SESSIONS, INBOX, COUNTERS, FEEDBACK, BREAKERS)
