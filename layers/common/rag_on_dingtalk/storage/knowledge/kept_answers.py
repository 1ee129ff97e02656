"""`answers`: answers that are given again for a few minutes, and which turn is about to give one.

A row is a flight while its turn answers, and an answer afterwards. Each write leaves a new mark, and every
change has the mark that was read as its condition: a slower writer changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.answer import Citation, FileMessage
from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.rows.conditions import there_and_equal
from rag_on_dingtalk.storage.tables import ANSWERS

if TYPE_CHECKING:
    from rag_on_dingtalk.storage.rows.client import Columns, Rows

#: All but the answer itself, which may be long.
_WITHOUT_BODY = ("mark", "turn", "owner", "epoch", "exp", "flying")


class KeptAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole answer, as the first asker saw it.

    parts: as in `Reply`. answer: its own words, for the record.
    turn_id: whose answer it was; made_ms: when, in milliseconds since the epoch.
    """

    parts: tuple[str, ...]
    answer: str
    turn_id: str
    made_ms: int
    citations: tuple[Citation, ...] = ()
    files: tuple[FileMessage, ...] = ()
    suggestions: tuple[str, ...] = ()


class AnswerRow(msgspec.Struct, frozen=True):
    """One row as it was read.

    mark: of its last write, unlike every other's.
    turn, owner: of the turn that answers or has answered, and the name its claim had.
    epoch: of the bot's cache when the turn began; an answer of another one is not given.
    exp_ms: until when an answer may be given, milliseconds since the epoch.
    flying: the turn is about to answer. body: the answer; None when it was not asked for, or there is none.
    """

    mark: str
    turn: str
    owner: str
    epoch: str
    exp_ms: int
    flying: bool
    body: KeptAnswer | None = None


class StoredAnswers:
    """Reads and writes the table. Every method raises StateError when Tablestore does not answer."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def look(self, bot: str, key: str, *, whole: bool = True) -> tuple[AnswerRow | None, str]:
        """The row and the epoch of the bot's cache, in one request.

        whole: with the answer itself.
        """
        columns = () if whole else (*_WITHOUT_BODY, "since")
        row, epoch = await self._rows.get_many(ANSWERS, [key, _epoch_key(bot)], columns)
        return None if row is None else _read(row), "" if epoch is None else str(epoch.get("since", ""))

    async def fly(self, key: str, seen: AnswerRow | None, flight: AnswerRow) -> bool:
        """Say that a turn is about to answer; False when the row is no longer as it was seen."""
        columns = _columns(flight)
        if seen is None:
            return await self._rows.put_new(Put(table=ANSWERS, key=(key,), columns=columns))
        return await self._rows.put(ANSWERS, key, columns, there_and_equal("mark", seen.mark))

    async def land(self, key: str, flight: AnswerRow, answer: AnswerRow) -> bool:
        """Put the answer in the place of its flight; False when that is over."""
        return await self._rows.put(ANSWERS, key, _columns(answer), there_and_equal("mark", flight.mark))

    async def abandon(self, key: str, flight: AnswerRow) -> None:
        """There will be no answer of this flight."""
        await self._rows.delete(ANSWERS, key, there_and_equal("mark", flight.mark))

    async def drop(self, key: str, turn_id: str) -> bool:
        """Give this turn's answer no more; False when another one is there."""
        return await self._rows.delete(ANSWERS, key, there_and_equal("turn", turn_id))

    async def clear(self, bot: str, epoch: str) -> None:
        """Begin a new epoch: no answer of the bot from before is given again."""
        await self._rows.put(ANSWERS, _epoch_key(bot), {"since": epoch})


def _epoch_key(bot: str) -> str:
    """Unlike any answer's key, which is hexadecimal."""
    return f"epoch/{bot}"


def _columns(row: AnswerRow) -> Columns:
    columns: Columns = {
        "mark": row.mark,
        "turn": row.turn,
        "owner": row.owner,
        "epoch": row.epoch,
        "exp": row.exp_ms,
        "flying": row.flying,
    }
    return columns if row.body is None else columns | {"body": msgspec.json.encode(row.body).decode()}


def _read(row: Columns) -> AnswerRow:
    try:
        body = row.get("body")
        return AnswerRow(
            str(row["mark"]),
            str(row["turn"]),
            str(row["owner"]),
            str(row["epoch"]),
            int(row["exp"]),
            bool(row["flying"]),
            None if body is None else msgspec.json.decode(str(body), type=KeptAnswer),
        )
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise StateError(
            "unreadable", f"a row of `answers` cannot be read: {type(error).__name__}"
        ) from error
