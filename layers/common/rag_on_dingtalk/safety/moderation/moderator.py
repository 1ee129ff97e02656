"""One bot's moderation: the service, its time limit, and what becomes of a text it does not judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.verdict import PASSED, Verdict
from rag_on_dingtalk.safety.words.word_filter import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.moderation.service import ModerationService
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.safety.words.word_filter import WordFilter
    from rag_on_dingtalk.settings.sections.safety import Moderation

#: Pieces of a long text that are judged at the same time; what is beyond them counts as not judged.
MOST_PIECES = 8


class Moderator:
    """Judges texts.

    words: what `local_only` goes by. failed: told of every error.
    """

    def __init__(
        self,
        service: ModerationService,
        settings: Moderation,
        *,
        words: WordFilter | None,
        failed: Callable[[], None],
        log: LogLine,
    ) -> None:
        self._service = service
        self._settings = settings
        self._words = words
        self._failed = failed
        self._log = log
        #: Whether the service has failed since it was last asked about here; None: it was not called.
        self.failing: bool | None = None

    async def check(self, text: str, direction: Direction, session: str = "") -> Verdict:
        """The verdict, within the time limit, whatever the service does.

        session: of an answer that comes in pieces, the same for each; empty: the text is whole.
        """
        if not text.strip():
            return PASSED
        try:
            with anyio.fail_after(self._settings.timeout_ms / 1000):
                verdict = await self._judge(text, direction, session)
        except TimeoutError:
            return self._not_judged(text, direction, f"no answer in {self._settings.timeout_ms} ms")
        except ModerationError as error:
            return self._not_judged(text, direction, str(error))
        except Exception as error:  # noqa: BLE001 - whatever broke, the text was not judged
            return self._not_judged(text, direction, f"{type(error).__name__} in the call")
        self.failing = bool(self.failing)
        if not verdict.allowed or verdict.labels:
            self._log(
                "moderation_found",
                level="WARNING",
                direction=direction,
                blocked=int(not verdict.allowed),
                labels=",".join(verdict.labels[:20]),
                fingerprint=fingerprint(text),
            )
        return verdict

    def unreadable(self, what: str) -> Verdict:
        """The verdict on a picture or file whose text is not known. what: its media type."""
        return self._by_settings("", "question", f"{what} has no text that could be judged", event=False)

    async def _judge(self, text: str, direction: Direction, session: str) -> Verdict:
        most = self._service.most(direction)
        pieces = [text[at : at + most] for at in range(0, len(text), most)]
        if len(pieces) > MOST_PIECES:
            raise ModerationError("too_long", f"{len(text)} characters.")
        verdicts: list[Verdict] = []
        # One after the other: the service judges a session's pieces together with those before them.
        for piece in pieces:
            verdicts.append(await self._service.judge(piece, direction, session))
            if not verdicts[-1].allowed:
                break
        labels = tuple(dict.fromkeys(label for one in verdicts for label in one.labels))
        return Verdict(verdicts[-1].allowed, labels, answer=verdicts[-1].answer)

    def _not_judged(self, text: str, direction: Direction, why: str) -> Verdict:
        self.failing = True
        self._failed()
        return self._by_settings(text, direction, why, event=True)

    def _by_settings(self, text: str, direction: Direction, why: str, *, event: bool) -> Verdict:
        on_error = self._settings.on_error
        choice = on_error.questions if direction == "question" else on_error.answers
        hit = self._words is not None and self._words.check(text).level is not None
        allowed = choice == "pass" or (choice == "local_only" and not hit)
        if event:
            self._log(
                "moderation_failed",
                level="ERROR",
                direction=direction,
                on_error=choice,
                blocked=int(not allowed),
                error=why,
            )
        else:
            self._log("not_moderated", level="WARNING", direction=direction, on_error=choice, error=why)
        return Verdict(allowed, judged=False)
