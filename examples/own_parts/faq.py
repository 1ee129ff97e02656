"""A backend: answers from a list of questions in the bot's settings, without any server.

In `bots.yaml` it is `kind: "python:examples.own_parts.faq:FaqBackend"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.backends.base import Finding, NothingFound, Text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.plugins import PluginContext

#: Shown in the bot's own words instead, because it is marked as stock; an answer without text is a failure.
NOTHING = "No entry."


class FaqBackend:
    """See `rag_on_dingtalk.backends.base.Backend`, whose methods these are."""

    API = 1

    class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """What stands beside `kind`.

        entries: a word of the question → the answer; the first that occurs in the question counts.
        """

        entries: dict[str, str]

    def __init__(self, settings: Settings, _context: PluginContext) -> None:
        self._entries = settings.entries

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """The answer in one piece, or that there is none."""
        answer = next((said for word, said in self._entries.items() if word in ask.text), "")
        if answer:
            yield Text(answer)
        else:
            yield Text(NOTHING)
            yield NothingFound(stock=True)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """Nothing runs."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """Ratings are kept in the bot's own table only."""

    async def probe(self) -> tuple[Finding, ...]:
        """An empty list answers nothing."""
        count = len(self._entries)
        detail = f"{count} entries" if count else "The list is empty. Add entries to the bot's settings."
        return (Finding("target", count > 0, detail),)
