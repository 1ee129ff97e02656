"""The id of a conversation is valid only at the backend that gave it."""

from __future__ import annotations

import hashlib
import re
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.backends.base import Identifiers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.base import AnswerPart, Ask, Backend, Finding
    from rag_on_dingtalk.settings.sections.backends import BackendSettings

_TIED = re.compile(r"([0-9a-f]{8})~(.*)", re.DOTALL)
#: The settings that say which conversations a backend knows, besides those that its kind requires.
#: Of kinds that came later; a name among the others would change the mark of every conversation that is open.
_LATER = ("preset", "target", "settings", "workflow_id")
_IDENTITY = ("base_url", "api_key", "workspace", "app", "app_id", "model", "flavour")


class TiedBackend:
    """Marks every conversation id with its backend, and leaves out an id that another backend gave.

    mark: 8 hexadecimal digits that name the backend.
    """

    def __init__(self, backend: Backend, mark: str) -> None:
        self._backend = backend
        self._mark = mark

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`."""
        async with aclosing(self._backend.ask(self._own(ask))) as parts:
            async for part in parts:
                if isinstance(part, Identifiers) and part.conversation_id:
                    tied = f"{self._mark}~{part.conversation_id}"
                    yield msgspec.structs.replace(part, conversation_id=tied)
                else:
                    yield part

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`."""
        await self._backend.stop(self._own(ask), task_id)

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`."""
        await self._backend.rate(message_id, liked=liked, reason=reason, user=user)

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await self._backend.probe()

    def _own(self, ask: Ask) -> Ask:
        found = _TIED.fullmatch(ask.conversation_id)
        if found is None:
            # The session began before ids were marked.
            return ask
        conversation_id = found[2] if found[1] == self._mark else ""
        return msgspec.structs.replace(ask, conversation_id=conversation_id)


def tied(backend: Backend, settings: BackendSettings) -> Backend:
    """The backend, with conversation ids that are valid only at the backend of these settings."""
    return TiedBackend(backend, mark_of(settings))


def mark_of(settings: BackendSettings) -> str:
    """Names the backend of these settings; another server, app or key reference has another name."""
    required = [field.name for field in msgspec.structs.fields(settings) if field.required]
    later = [name for name in _LATER if hasattr(settings, name)]
    names = [*_IDENTITY, *(name for name in required if name not in _IDENTITY), *later]
    parts = [type(settings).__name__, *(str(getattr(settings, name, "")) for name in names)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
