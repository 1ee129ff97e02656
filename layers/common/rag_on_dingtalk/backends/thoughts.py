"""A model's thoughts told apart from its answer, where they come as marked text. Pure.

Products pass on `<think>…</think>` as the model prints it, sometimes without its closing or its opening half;
Dify 0.15 writes `<details …><summary> Thinking... </summary>` instead, which `</think>` may close.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Reasoning, Replacement, Text
from rag_on_dingtalk.backends.fragments import Mark, mark, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

_THINK = ("<think>", "<thinking>")
_DETAILS = r"<details[^>]*>\s*<summary>\s*Thinking\.\.\.\s*</summary>"
_THOUGHT = ("</think>", "</thinking>")

_IN_ANSWER = mark(*_THINK, _DETAILS, *_THOUGHT)
_IN_THINK = mark(*_THOUGHT)
_IN_DETAILS = mark("</details>", *_THOUGHT)

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)


class Thoughts:
    """One answer, cut anywhere; a tag in code is text like any other.

    text: the answer so far, without thoughts and without what may yet become a tag.
    """

    def __init__(self) -> None:
        self.text = ""
        self._sought = _IN_ANSWER
        self._held = ""
        self._seen = False

    def feed(self, piece: str) -> Iterator[Text | Reasoning | Replacement]:
        """What the next piece adds."""
        rest = self._held + piece
        while tag := self._sought.whole.search(rest):
            yield from self._say(rest[: tag.start()])
            yield from self._turn(tag.group())
            rest = rest[tag.end() :]
        at = settled(rest, self._sought)
        self._held = rest[at:]
        yield from self._say(rest[:at])

    def end(self) -> Iterator[Text | Reasoning | Replacement]:
        """What was held back and became no tag."""
        held, self._held = self._held, ""
        yield from self._say(held)

    def _say(self, words: str) -> Iterator[Text | Reasoning]:
        if self._sought is not _IN_ANSWER:
            if words:
                yield Reasoning(words)
            return
        if self._seen and not self.text:
            # The blank lines between thought and answer.
            words = words.lstrip()
        if words:
            self.text += words
            yield Text(words)

    def _turn(self, tag: str) -> Iterator[Text | Reasoning | Replacement]:
        if self._sought is not _IN_ANSWER:
            self._sought = _IN_ANSWER
        elif _in_code(self.text):
            yield from self._say(tag)
        elif tag not in _THOUGHT:
            self._seen, self._sought = True, _opened(tag)
        elif not self._seen:
            # The opening half was part of the prompt: all until here was thought.
            self._seen = True
            if self.text:
                yield Reasoning(self.text)
                yield Replacement("")
                self.text = ""


def _opened(tag: str) -> Mark:
    return _IN_THINK if tag in _THINK else _IN_DETAILS


def _in_code(text: str) -> bool:
    fenced = len(_FENCE.findall(text)) % 2 == 1
    return fenced or text[text.rfind("\n") + 1 :].count("`") % 2 == 1
