"""A model's reasoning told apart from its answer while both arrive, in whatever marks it comes. Pure.

One parser for all of it; where the text is cut into pieces makes no difference, and the cost is linear.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from rag_on_dingtalk.backends.text.fragments import settled
from rag_on_dingtalk.rendering.code_state import CodeState
from rag_on_dingtalk.rendering.reasoning_marks import (
    IN_ANALYSIS,
    IN_ANSWER,
    IN_HEADER,
    IN_OPEN_START,
    IN_STRIPPED,
    IN_THOUGHT,
    LONGEST_HEADER,
    LONGEST_MARK,
    STRIPPED_CHANNEL,
)

if TYPE_CHECKING:
    import re


class Kind(Enum):
    """What a piece is."""

    ANSWER = auto()
    REASONING = auto()
    #: The text is empty: all of the answer so far was reasoning, its opening mark was missing.
    WAS_REASONING = auto()
    #: The text is empty: all of the reasoning so far was the answer, the model did not reason.
    WAS_ANSWER = auto()


class Piece(NamedTuple):
    """The next words of one kind."""

    kind: Kind
    text: str = ""


class ReasoningParser:
    """Takes one answer apart.

    A mark in a block of code, or in a code span, is text like any other.

    starts_open: the model begins with its reasoning and no mark says so. All is held to be reasoning until a
        closing mark comes; if none comes and the answer is whole, it was the answer.
    """

    def __init__(self, *, starts_open: bool = False) -> None:
        self._state = IN_OPEN_START if starts_open else IN_ANSWER
        self._open_start = starts_open
        self._held = ""
        self._header = ""
        self._harmony = False
        self._rounds = 0
        self._answered = False
        self._fed = False
        self._thought_blank = True
        self._code = CodeState()

    def reasoning_comes_apart(self) -> None:
        """The backend sends the reasoning apart from the text: the text does not begin with it."""
        if self._open_start and not self._fed:
            self._open_start, self._state = False, IN_ANSWER

    def feed(self, text: str) -> list[Piece]:
        """What the next words add."""
        pieces: list[Piece] = []
        rest = self._held + text
        self._held = ""
        if not self._fed and rest.strip():
            if self._may_be_stripped(rest):
                self._held = rest
                return pieces
            self._fed = True
        at = 0
        while (found := self._find(rest, at)) is not None:
            self._say(rest[at : found.start()], pieces)
            self._turn(found, pieces)
            at = found.end()
        rest = rest[at:]
        end = self._settled(rest)
        self._held = rest[end:]
        self._say(rest[:end], pieces)
        return pieces

    def end(self, *, whole: bool) -> list[Piece]:
        """What was held back and became no mark.

        whole: the answer did not break off.
        """
        pieces: list[Piece] = []
        held, self._held = self._held, ""
        if self._state is IN_HEADER:
            held, self._header, self._state = self._header + held, "", IN_ANALYSIS
        self._say(held, pieces)
        if self._open_start and whole and not self._rounds:
            pieces.append(Piece(Kind.WAS_ANSWER))
        return pieces

    def _may_be_stripped(self, text: str) -> bool:
        """Whether to wait for more of a text that may begin with the bare name of a harmony channel."""
        begun = text.lstrip()
        if self._state is not IN_ANSWER or not STRIPPED_CHANNEL.startswith(begun[: len(STRIPPED_CHANNEL)]):
            return False
        if len(begun) <= len(STRIPPED_CHANNEL):
            return True
        following = begun[len(STRIPPED_CHANNEL)]
        if following.isupper() or ord(following) >= _CJK:
            self._state, self._open_start = IN_STRIPPED, True
        return False

    def _find(self, rest: str, at: int) -> re.Match[str] | None:
        if not self._state.starters.search(rest, at):
            return None
        while (found := self._state.whole.search(rest, at)) is not None:
            if found.end() - found.start() <= LONGEST_MARK:
                return found
            at = found.start() + 1
        return None

    def _settled(self, rest: str) -> int:
        if not self._state.starters.search(rest, max(0, len(rest) - LONGEST_MARK)):
            return len(rest)
        return settled(rest, self._state.parts, LONGEST_MARK)

    def _say(self, words: str, pieces: list[Piece]) -> None:
        if self._state is IN_HEADER:
            self._header += words
            if len(self._header) > LONGEST_HEADER:
                self._end_of_header(pieces)
            return
        if self._state is not IN_ANSWER:
            if words:
                self._thought_blank = self._thought_blank and not words.strip()
                pieces.append(Piece(Kind.REASONING, words))
            return
        if self._rounds and not self._answered:
            # The blank lines between thought and answer.
            words = words.lstrip()
        if words:
            self._answered = self._answered or bool(words.strip())
            self._code.feed(words)
            pieces.append(Piece(Kind.ANSWER, words))

    def _turn(self, found: re.Match[str], pieces: list[Piece]) -> None:
        name = found.lastgroup or ""
        if self._state is IN_ANSWER:
            self._turn_in_answer(name, found, pieces)
        elif self._state is IN_HEADER:
            if name == "message":
                self._end_of_header(pieces)
            else:
                self._header += found.group()
        elif self._state is IN_OPEN_START and name != "close":
            self._turn_at_open_start(name, found, pieces)
        elif name == "head":
            self._begin_header(found)
        else:
            # What the thoughts were of does not matter any more, nor does a code block in them.
            self._open_start = False
            self._rounds += 1
            self._state = IN_ANSWER

    def _turn_in_answer(self, name: str, found: re.Match[str], pieces: list[Piece]) -> None:
        tag = found.group()
        if self._code.inside or self._is_plain(name, tag):
            self._say(tag, pieces)
        elif name.startswith("open_"):
            self._begin_thought(name, pieces)
        elif name == "head":
            self._begin_header(found)
        elif name == "close" and not self._rounds:
            self._rounds = 1
            if self._answered:
                pieces.append(Piece(Kind.WAS_REASONING))
            self._answered, self._code = False, CodeState()

    def _is_plain(self, name: str, tag: str) -> bool:
        """Whether what looks like a mark is text after all."""
        if tag.startswith("[") and not tag.isupper():
            # A word in brackets, or a link.
            return True
        return name in ("tail", "message") and not self._harmony

    def _turn_at_open_start(self, name: str, found: re.Match[str], pieces: list[Piece]) -> None:
        if not self._thought_blank:
            self._say(found.group(), pieces)
        elif name == "head":
            self._open_start = False
            self._begin_header(found)
        else:
            # It says so after all.
            self._open_start = False
            self._state = IN_THOUGHT[name.removeprefix("open_")]

    def _begin_thought(self, name: str, pieces: list[Piece]) -> None:
        if self._rounds:
            pieces.append(Piece(Kind.REASONING, "\n\n"))
        self._rounds += 1
        self._state = IN_THOUGHT[name.removeprefix("open_")]

    def _begin_header(self, found: re.Match[str]) -> None:
        self._harmony = True
        self._header, self._state = found.group(), IN_HEADER

    def _end_of_header(self, pieces: list[Piece]) -> None:
        header, self._header = self._header.lower(), ""
        channel = header.partition("<|channel|>")[2].lstrip()
        if channel and not channel.startswith("final"):
            if self._rounds:
                pieces.append(Piece(Kind.REASONING, "\n\n"))
            self._rounds += 1
            self._state = IN_ANALYSIS
        else:
            self._state = IN_ANSWER


#: CJK and everything behind it begins here.
_CJK = 0x2E80
