"""An answer on its way from the backend to the person: what of it is shown, and when it is stopped."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.pipeline.checks.masking import masked_citation
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.prepared import Prepared, prepare
from rag_on_dingtalk.rendering.reasoning import present
from rag_on_dingtalk.resilience.beside import beside, unless
from rag_on_dingtalk.resilience.off_loop import off_loop
from rag_on_dingtalk.safety.words.growing_text import GrowingText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.safety.verdict import Verdict

#: The end of the last whole sentence.
_SENTENCES = re.compile(r".*(?:[。！？!?；;\n]|\.(?=\s))", re.DOTALL)
#: Sentences that come after the first are judged together once they are this long: each call costs money.
_ENOUGH = 120


class AnswerGuard:
    """Between the backend and the card of one answer.

    Words are looked for as each piece arrives. With a moderation service only what it has judged is shown.

    show: told what of the growing answer may be shown, whenever that has changed.
    failure: why the answer must not be shown; None: nothing was found against it.
    """

    def __init__(self, context: TurnContext, safety: Safety, show: Callable[[str], None]) -> None:
        self._texts = context.texts
        self._turn_id = context.question.turn_id
        self._reasoning = context.settings.reasoning
        # Where no frame comes before the end, nothing has to be judged before it.
        self._judges_early = safety.moderator is not None and context.settings.streaming != "final"
        self._safety = safety
        self._show = show
        self._growing = GrowingText(safety.words.index) if safety.words is not None else None
        self._cleared = self._shown = self._judged = ""
        self._sessions = 0
        self._more = asyncio.Event()
        self._stopped = asyncio.Event()
        self._instead = ""
        self.failure: FailureKind | None = None

    def take(self, text: str) -> None:
        """This is the answer now, unfinished."""
        self._cleared = text if self._growing is None else self._growing.take(text)
        if self._growing is not None and self._growing.blocked:
            self._block(FailureKind.ANSWER_BLOCKED)
        elif self._safety.moderator is None:
            self._shows(self._cleared)
        else:
            self._more.set()

    async def until_blocked(self, work: Callable[[], Awaitable[FailureKind | None]]) -> FailureKind | None:
        """What `work` returns, or why the answer must not be shown, as soon as that is known."""

        async def _stopped() -> None:
            await self._stopped.wait()

        async def _watched() -> FailureKind | None:
            return await unless(_stopped, work, instead=FailureKind.ANSWER_BLOCKED)

        if not self._judges_early:
            return await _watched()
        async with beside(self._judge_as_it_grows):
            return await _watched()

    async def finish(self, draft: Draft) -> tuple[Draft, Prepared]:
        """The answer as it may be shown; with `failure`, what is said instead of it."""
        reading = partial(prepare, draft, self._texts, clean=partial(self._clean, draft))
        prepared = await off_loop(reading, size=draft.size)
        if self._reasoning != "hidden":
            prepared = msgspec.structs.replace(prepared, thoughts=self._clean(draft, prepared.thoughts))
        if self.failure is None and self._safety.moderator is not None and not draft.stock_refusal:
            label = self._texts.say("reasoning")
            await self._judge(present(prepared.text, prepared.thoughts, self._reasoning, label=label))
        if self.failure is not None:
            draft = Draft(self._instead)
            return draft, prepare(draft, self._texts)
        return self._around_it(draft), prepared

    async def _judge_as_it_grows(self) -> None:
        """For ever; to run beside the answer."""
        while True:
            await self._more.wait()
            self._more.clear()
            text = self._cleared
            judged = len(self._judged) if text.startswith(self._judged) else 0
            whole = _SENTENCES.match(text, judged)
            if whole is not None and (not judged or whole.end() - judged >= _ENOUGH):
                await self._judge(text[: whole.end()])
                if self.failure is None:
                    self._shows(self._judged)

    async def _judge(self, text: str) -> None:
        """Have the text judged, as far as it was not judged before."""
        moderator = self._safety.moderator
        assert moderator is not None  # noqa: S101 - the callers have asked
        if not self._judged or not text.startswith(self._judged):
            # Another text: the service must not join it to what came before.
            self._judged = ""
            self._sessions += 1
        new = text[len(self._judged) :]
        verdict = await moderator.check(new, "answer", f"{self._turn_id}-{self._sessions}")
        if verdict.allowed:
            self._judged = text
        else:
            self._refuse(verdict)

    def _refuse(self, verdict: Verdict) -> None:
        self._instead = self._safety.masked(verdict.answer)
        self._block(FailureKind.ANSWER_BLOCKED if verdict.judged else FailureKind.UNCHECKED)

    def _shows(self, text: str) -> None:
        if text and text != self._shown:
            self._shown = text
            self._show(text)

    def _clean(self, draft: Draft, text: str) -> str:
        if self._safety.words is None or draft.stock_refusal:
            return text
        found = self._safety.words.check(text)
        self._safety.report_words(found, text, "answer")
        if found.level == "block":
            # The answer is whole: there is nothing to stop. This may be a thread beside the loop's.
            self.failure = self.failure or FailureKind.ANSWER_BLOCKED
        return found.text

    def _around_it(self, draft: Draft) -> Draft:
        """Sources, files and suggestions with the words masked; a suggestion that has any is left out."""
        masked = self._safety.masked
        draft.citations = tuple(masked_citation(one, self._safety) for one in draft.citations)
        draft.files = tuple(msgspec.structs.replace(one, name=masked(one.name)) for one in draft.files)
        draft.suggestions = tuple(one for one in draft.suggestions if masked(one) == one)
        return draft

    def _block(self, kind: FailureKind) -> None:
        self.failure = self.failure or kind
        self._stopped.set()
