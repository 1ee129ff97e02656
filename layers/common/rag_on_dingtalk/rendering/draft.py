"""The answer as it grows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import (
    AnswerFile,
    AnswerPart,
    Citations,
    Identifiers,
    NothingFound,
    Reasoning,
    Replacement,
    Suggestions,
    Text,
    Usage,
)
from rag_on_dingtalk.backends.text.gathered import Gathered
from rag_on_dingtalk.rendering.reasoning import present
from rag_on_dingtalk.rendering.reasoning_parser import Kind, ReasoningParser

if TYPE_CHECKING:
    from rag_on_dingtalk.models.answer import Citation
    from rag_on_dingtalk.rendering.reasoning import Mode
    from rag_on_dingtalk.rendering.reasoning_parser import Piece
    from rag_on_dingtalk.settings.sections.backends import BackendSettings


class Draft:
    """What has arrived from the backend so far.

    The text of a backend may hold the model's reasoning in marks; here the two are told apart.

    text: the answer, without reasoning and without what may yet become a mark of it.
    reasoning: the model's, whether it came in marks or on its own.
    no_answer: how an answer begins that says that the documents hold nothing.
    """

    def __init__(
        self,
        text: str = "",
        *,
        reasoning: str = "",
        citations: tuple[Citation, ...] = (),
        suggestions: tuple[str, ...] = (),
        files: tuple[AnswerFile, ...] = (),
        starts_open: bool = False,
        no_answer: tuple[str, ...] = (),
    ) -> None:
        self._starts_open = starts_open
        self._no_answer = no_answer
        self._parser = ReasoningParser(starts_open=starts_open)
        self._text = Gathered()
        self._marked = Gathered()
        self._apart = Gathered(reasoning)
        self.citations = citations
        self.suggestions = suggestions
        self.files = files
        self.usage: Usage | None = None
        self.nothing_found = False
        self.stock_refusal = False
        self.conversation_id = ""
        self.message_id = ""
        self.task_id = ""
        if text:
            self.add(Text(text))
            self.finish()

    @classmethod
    def of(cls, backend: BackendSettings) -> Draft:
        """An empty draft of an answer of this backend."""
        return cls(starts_open=backend.reasoning == "starts_open", no_answer=backend.no_answer)

    @property
    def text(self) -> str:
        """See above."""
        return self._text.text

    @property
    def reasoning(self) -> str:
        """See above."""
        return _joined(self._apart.text, self._marked.text)

    @property
    def text_size(self) -> int:
        """Of the answer, characters."""
        return self._text.size

    @property
    def size(self) -> int:
        """Of all that was said, characters."""
        return self._text.size + self._marked.size + self._apart.size

    def shown(self, mode: Mode, *, label: str) -> str:
        """The unfinished answer as it is shown: its reasoning, too, where the bot shows that.

        label: what the reasoning is called.
        """
        if self.stock_refusal:
            return ""
        if mode == "hidden":
            return self.text
        # A card shows no more than the beginning, and joining all of it for every frame costs its square.
        return present(self.text, _joined(self._apart.head, self._marked.head), mode, label=label)

    def add(self, part: AnswerPart) -> bool:
        """Take one part in; True when text or reasoning changed."""
        match part:
            case Text(delta):
                return self._take(self._parser.feed(delta))
            case Replacement(text):
                return self._replace(text)
            case Reasoning(delta):
                self._parser.reasoning_comes_apart()
                self._apart.add(delta)
                return bool(delta)
            case Suggestions(items):
                self.suggestions = items
            case AnswerFile():
                self.files = (*self.files, part)
            case Usage():
                self.usage = part
            case Citations(items):
                self.citations = items or self.citations
            case Identifiers(conversation_id, message_id, task_id):
                self.conversation_id = conversation_id or self.conversation_id
                self.message_id = message_id or self.message_id
                self.task_id = task_id or self.task_id
            case NothingFound(stock):
                self.nothing_found = True
                self.stock_refusal = stock
        return False

    def finish(self, *, whole: bool = True) -> bool:
        """Nothing follows: take in what was held back; True when text or reasoning changed.

        whole: the answer did not break off.
        """
        changed = self._take(self._parser.end(whole=whole))
        if self._no_answer and self.text.lstrip().startswith(self._no_answer):
            self.nothing_found = True
        return changed

    def _replace(self, text: str) -> bool:
        before = self.text
        self._parser = ReasoningParser(starts_open=self._starts_open)
        self._text, self._marked = Gathered(), Gathered()
        self._take(self._parser.feed(text))
        return self.text != before

    def _take(self, pieces: list[Piece]) -> bool:
        for kind, words in pieces:
            if kind is Kind.ANSWER:
                self._text.add(words)
            elif kind is Kind.REASONING:
                self._marked.add(words)
            elif kind is Kind.WAS_REASONING:
                self._marked, self._text = self._text, Gathered()
            else:
                self._text, self._marked = self._marked, Gathered()
        return bool(pieces)


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text.strip())
