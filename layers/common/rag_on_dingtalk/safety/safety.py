"""One bot's checks, ready to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.moderation.moderator import Moderator
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.safety.words.word_filter import Checked, WordFilter


class Safety:
    """What one bot looks for.

    words: None: it has no word list. moderator: None: no service is asked.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        words: WordFilter | None,
        log: LogLine,
        clock: Callable[[], int],
        moderator: Callable[[Callable[[], None]], Moderator] | None = None,
    ) -> None:
        self.words = words
        self._log = log
        self._clock = clock
        self._events: dict[str, int] = {}
        self.moderator = moderator(self._moderation_failed) if moderator is not None else None

    def masked(self, text: str) -> str:
        """The text with the words masked, of whatever level but `warn`."""
        return self.words.masked(text) if self.words is not None else text

    def report_words(self, found: Checked, text: str, direction: Direction) -> None:
        """One log line of what was found: rules and a fingerprint, never a word."""
        if found.level is None:
            return
        from rag_on_dingtalk.safety.words.word_filter import fingerprint  # loaded by those that have words

        if found.level == "warn":
            self._events["word_warning"] = self._clock()
        self._log(
            "words_found",
            level="WARNING",
            direction=direction,
            strictest=found.level,
            rules=",".join(found.names[:20]),
            fingerprint=fingerprint(text),
        )

    def take_events(self) -> dict[str, int]:
        """What administrators are to be told, by its sentence's name, and when it was; each is taken once."""
        taken, self._events = self._events, {}
        return taken

    def take_moderation(self) -> bool | None:
        """Whether the service has failed since this was asked last; None: it was not called."""
        if self.moderator is None:
            return None
        failing, self.moderator.failing = self.moderator.failing, None
        return failing

    def _moderation_failed(self) -> None:
        self._events["moderation_failed"] = self._clock()
