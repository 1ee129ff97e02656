"""A plug-in's backend within the bounds of the others: its time, its length, its failures."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, get_args

import anyio

from rag_on_dingtalk.backends.base import AnswerFile, AnswerPart, Finding, Reasoning, Replacement, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.plugins.loading import raised

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

    from rag_on_dingtalk.backends.base import Ask, Backend
    from rag_on_dingtalk.settings.kinds.plugin import Plugin

#: An answer beyond this is given up, characters of text and reasoning.
MOST_CHARACTERS = 1_000_000

_PARTS = get_args(AnswerPart)


class BoundedBackend:
    """See `Backend`. What a plug-in raises becomes a BackendError; it has the time limits of the others."""

    def __init__(self, inner: Backend, plugin: Plugin) -> None:
        self._inner = inner
        self._name = f"The plug-in {plugin.factory}"
        self._timeouts = plugin.timeouts

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`."""
        size, spoken, given = 0, False, False
        wait = self._timeouts.first_byte
        async with aclosing(self._inner.ask(ask)) as parts:
            while True:
                part = await self._next(parts, wait, spoken=spoken)
                if part is None:
                    break
                wait = self._timeouts.idle
                if isinstance(part, Text | Reasoning):
                    size += len(part.delta)
                    spoken = spoken or (isinstance(part, Text) and bool(part.delta.strip()))
                elif isinstance(part, Replacement):
                    size, spoken = len(part.text), bool(part.text.strip())
                given = given or isinstance(part, AnswerFile)
                if size > MOST_CHARACTERS:
                    raise self._error("answers without an end", "Look into it.", spoken=spoken)
                yield part
        if not (spoken or given):
            sentence = f"{self._name} returned an empty answer. Ask its source the same."
            raise BackendError(FailureKind.EMPTY, sentence, begun=True)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`."""
        await self._call(self._inner.stop(ask, task_id))

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`."""
        await self._call(self._inner.rate(message_id, liked=liked, reason=reason, user=user))

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        try:
            with anyio.fail_after(self._timeouts.first_byte):
                return tuple(await self._inner.probe())
        except TimeoutError:
            return (Finding("reachable", well=False, detail=f"{self._name} did not finish its probe."),)
        except Exception as error:  # noqa: BLE001 - as above
            return (Finding("reachable", well=False, detail=f"{self._name} {raised(error)}"),)

    async def _next(
        self, parts: AsyncGenerator[AnswerPart, None], wait: float, *, spoken: bool
    ) -> AnswerPart | None:
        try:
            with anyio.fail_after(wait):
                part = await anext(parts, None)
        except TimeoutError as error:
            sentence = f"{self._name} sent nothing for {wait:g} s. Raise backend.timeouts, or look into it."
            raise BackendError(FailureKind.TIMEOUT, sentence, begun=spoken) from error
        except BackendError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._error(raised(error), "", spoken=spoken) from None
        if part is not None and not isinstance(part, _PARTS):
            raise self._error(
                f"yields {type(part).__name__}, which is no part of an answer.", "", spoken=spoken
            )
        return part

    async def _call(self, call: Awaitable[None]) -> None:
        try:
            with anyio.fail_after(self._timeouts.first_byte):
                await call
        except BackendError:
            raise
        except TimeoutError as error:
            raise self._error("did not finish the call.", "", spoken=False) from error
        except Exception as error:  # noqa: BLE001 - as above
            raise self._error(raised(error), "", spoken=False) from None

    def _error(self, what: str, advice: str, *, spoken: bool) -> BackendError:
        kind = FailureKind.INTERRUPTED if spoken else FailureKind.UPSTREAM
        return BackendError(kind, f"{self._name} {what} {advice}".rstrip(), begun=True)
