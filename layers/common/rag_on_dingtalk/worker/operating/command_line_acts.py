"""Task of housekeeping: acts of the command line as log lines, so that the audit's copy has them, too.

A function prints each act when it is recorded. The command line runs elsewhere: its acts stand in the table
alone until the next round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.observability.audit.chain import Head
from rag_on_dingtalk.observability.audit.vocabulary import is_sensitive
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.observability.events import Act

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.audit.chain import Record
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.audit import Audit

_COMMAND_LINE = "command line"
#: Acts of the whole deployment.
_DEPLOYMENT = "-"
_PRINTED = "printed"


class CommandLineActs:
    """Prints each once; a round that breaks off prints it again."""

    def __init__(self, audit: Audit, log: LogLine) -> None:
        self._audit = audit
        self._log = log

    async def __call__(self, name: str, bot: Bot, now_ms: int) -> None:  # noqa: ARG002 - as in Task
        """Print what is new of this bot and of the whole deployment.

        Raises:
            StateError: Tablestore could not be asked; the next round goes on from the same act.
        """
        for whose in (name, _DEPLOYMENT):
            await self._print_new(whose, now_ms)

    async def _print_new(self, whose: str, now_ms: int) -> None:
        note = await self._audit.remembered(whose, _PRINTED)
        # Without a note, of a deployment from before: since yesterday.
        begin = Head(note["day"], int(note["number"])) if note else Head(day_of(now_ms - DAY_MS))
        last = begin
        async for record in self._audit.since(whose, begin, day_of(now_ms)):
            last = Head(record.day, record.number)
            if record.columns.get("source") == _COMMAND_LINE:
                self._print(record)
        if last != begin:
            note = {"day": last.day, "number": f"{last.number}"}
            await self._audit.remember(whose, _PRINTED, note)

    def _print(self, record: Record) -> None:
        fields: dict[str, Any] = {
            name: value for name, value in record.columns.items() if name in Act.__struct_fields__
        }
        fields["bot"] = record.bot
        if is_sensitive(str(record.columns.get("act"))):
            self._log("sensitive_act", level="WARNING", **fields)
        else:
            self._log("act", **fields)
