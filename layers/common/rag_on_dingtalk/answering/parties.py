"""Who takes part in an answer: the bot, the invocation, the memory."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.answering.enclosures import Enclosures
from rag_on_dingtalk.answering.reply import Channels
from rag_on_dingtalk.backends.base import Backend
from rag_on_dingtalk.config import Bot
from rag_on_dingtalk.dingtalk.media import Media
from rag_on_dingtalk.fetching import Fetcher
from rag_on_dingtalk.state.inbox import Inbox
from rag_on_dingtalk.state.sessions import Sessions
from rag_on_dingtalk.state.turns import Turns

#: Closing the card and writing the record must fit in before FC ends the invocation.
CLOSING_SECONDS = 15.0


class Files(msgspec.Struct, frozen=True):
    """One bot's ways to pictures and files.

    downloads: fetches what people sent.
    """

    media: Media
    downloads: Fetcher
    enclosures: Enclosures


class Servant(msgspec.Struct, frozen=True):
    """One bot, ready to work: its settings, its backend and its ways to reach people."""

    bot: Bot
    backend: Backend
    channels: Channels
    files: Files


class Invocation(msgspec.Struct, frozen=True):
    """One asynchronous invocation.

    owner: unique, also among retries of the same request.
    started_ms, deadline_ms: milliseconds since the epoch; FC ends the function at the deadline.
    """

    owner: str
    started_ms: int
    deadline_ms: int

    @property
    def closing_ms(self) -> int:
        """When whatever has arrived must be handed over."""
        return self.deadline_ms - int(CLOSING_SECONDS * 1000)


class Memory(msgspec.Struct, frozen=True):
    """What is kept in Tablestore."""

    turns: Turns
    sessions: Sessions
    inbox: Inbox
