"""Asking a route's backend as an answer does: the same seam, retries, time limits and reading."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.backends.base import Ask
from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.prepared import prepare
from rag_on_dingtalk.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.sections.backends import BackendSettings


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back for one question.

    text: as a person would read it, without the model's thoughts. cited: names of the sources.
    failure: why it is not whole, a `FailureKind` and its words; empty: it is.
    milliseconds: until the whole answer was there. tokens: as the backend counts them.
    """

    text: str = ""
    cited: tuple[str, ...] = ()
    nothing_found: bool = False
    failure: str = ""
    milliseconds: int = 0
    tokens: int = 0


class BackendAsker:
    """Asks one backend; each question is a session of its own.

    seconds: the time limit of an answer. explained: a question's words with what the bot adds to them.
    """

    def __init__(
        self,
        backend: Backend,
        settings: BackendSettings,
        bot: Bot,
        *,
        seconds: float,
        explained: Callable[[str], str] = str,
    ) -> None:
        self._backend = backend
        self._settings = settings
        self._texts = Texts(bot.language, bot.texts)
        self._seconds = seconds
        self._explained = explained

    async def __call__(self, question: str) -> Answer:
        """The answer; never raises for what the backend does."""
        draft, session = Draft.of(self._settings), f"evaluate-{uuid.uuid4()}"
        told: list[str] = []

        async def _ask() -> Ask:
            return Ask(text=self._explained(question), session_key=session, user="evaluate", trace_id=session)

        def _log(message: str, *, level: str = "INFO", **fields: str | int) -> None:
            if level == "ERROR":
                told.append(str(fields.get("error", message)))

        began = anyio.current_time()
        failure = await listen(
            self._backend, _ask, draft, seconds=self._seconds, on_text=lambda _: None, log=_log
        )
        took = round((anyio.current_time() - began) * 1000)
        usage = draft.usage
        why = "" if failure is None else ": ".join((failure.value, *told[-1:]))
        return Answer(
            text=prepare(draft, self._texts).words,
            cited=tuple(citation.title for citation in draft.citations),
            nothing_found=draft.nothing_found,
            failure=why,
            milliseconds=took,
            tokens=usage.prompt_tokens + usage.completion_tokens if usage is not None else 0,
        )
