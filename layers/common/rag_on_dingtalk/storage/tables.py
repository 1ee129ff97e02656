"""The tables, described once: deployment and the local system create what stands here.

Tablestore's TTL is per table, at least a day and counted per cell; it only clears away. Anything shorter is
an `exp` column checked on reads and in conditions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

KeyType = Literal["STRING", "INTEGER"]

_DAY_SECONDS = 86_400
#: Of a table whose rows stay until they are removed: Tablestore's word for it.
FOR_EVER = -1


class Table(msgspec.Struct, frozen=True):
    """One table.

    key: primary key columns in order; the first one decides the partition.
    days: rows untouched for longer are gone; FOR_EVER: none is.
    updates: whether columns of a row may be changed (UpdateRow). Tablestore fixes it when the table is made.
    """

    name: str
    key: tuple[tuple[str, KeyType], ...]
    days: int
    updates: bool = True

    @property
    def ttl_seconds(self) -> int:
        """Tablestore's `time_to_live`."""
        return FOR_EVER if self.days == FOR_EVER else self.days * _DAY_SECONDS


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

#: Which turn a card or message of ours belongs to; a reply to it names it by DingTalk's key.
SENT_MESSAGES = Table(name="sent_messages", key=(("message_key", "STRING"),), days=30)

#: A person's departments and roles, and when what was known of them was dropped.
DIRECTORY = Table(name="directory", key=(("id", "STRING"),), days=2)

#: Rights that end, by person and bot; they stay for 400 days after the longest has ended.
GRANTS = Table(name="grants", key=(("subject", "STRING"), ("grant_id", "STRING")), days=430)

#: Answers written by people, by bot, id and version; version 0 says which one lives. They stay until removed.
CURATED = Table(
    name="curated", key=(("bot", "STRING"), ("id", "STRING"), ("version", "INTEGER")), days=FOR_EVER
)

#: One flat row a question, by bot and day in China (`handbook/2026-11-29`): what reports and pages read.
QUESTIONS = Table(
    name="questions", key=(("bot_day", "STRING"), ("asked_ms", "INTEGER"), ("turn_id", "STRING")), days=400
)

#: Counts of a bot's hour in China (`2026-11-29T16`), each changed by atomic increment.
STATS = Table(name="stats", key=(("bot", "STRING"), ("hour", "STRING")), days=400)

#: What administrators did and what was refused, numbered and chained by bot and day.
AUDIT = Table(name="audit", key=(("bot_day", "STRING"), ("number", "INTEGER")), days=400, updates=False)

#: What is wrong at present with a bot, and the one card that tells of it.
INCIDENTS = Table(name="incidents", key=(("bot", "STRING"), ("kind", "STRING")), days=40)

#: Who is signed in to the console, by staff id; a row that is gone ends the session at once.
CONSOLE_SESSIONS = Table(name="console_sessions", key=(("user", "STRING"), ("session", "STRING")), days=1)
#: How a bot's experiments stand (`new-handbook`), and what each arm comes to (`new-handbook:canary`), by
#: atomic increment. Without it stable answers everyone.
EXPERIMENTS = Table(name="experiments", key=(("bot", "STRING"), ("name", "STRING")), days=400)
#: Answers that are given again for a few minutes, and which turn is about to give one.
ANSWERS = Table(name="answers", key=(("key", "STRING"),), days=1)

#: What operators read. A deployment without them answers as before and logs a line.
JOURNAL = (QUESTIONS, STATS, AUDIT, INCIDENTS)

TABLES = (
    TURNS,
    SESSIONS,
    INBOX,
    COUNTERS,
    FEEDBACK,
    BREAKERS,
    SENT_MESSAGES,
    DIRECTORY,
    GRANTS,
    CURATED,
    CONSOLE_SESSIONS,
    EXPERIMENTS,
    ANSWERS,
    *JOURNAL,
)
