"""A model's reasoning, told apart from its answer. Pure: over the whole text so far, whatever its chunks.

Sources: AnythingLLM, vLLM and Dify 1.x leave `<think>…</think>` in the text; Dify 0.15 makes it `<details …>
<summary> Thinking... </summary>…</details>` and may still close it with `</think>`; DeepSeek's chat template
swallows the opening tag.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from rag_on_dingtalk.dingtalk.markdown.characters import character_border

Mode = Literal["hidden", "folded", "shown"]

_EXCERPT_CHARACTERS = 60


def _start_of(word: str) -> str:
    """A pattern for the word and everything that it begins with, nothing included."""
    return "".join(f"(?:{letter}" for letter in word) + ")?" * len(word)


_ATTRIBUTES = r"(?:\s[^<>]*)?"
_THINK = rf"<\s*think(?:ing)?{_ATTRIBUTES}>"
_DETAILS = rf"<\s*details{_ATTRIBUTES}>\s*<\s*summary{_ATTRIBUTES}>\s*thinking[.…]*\s*<\s*/\s*summary\s*>"
_END_OF_THINK = r"<\s*/\s*think(?:ing)?\s*>"
_END_OF_DETAILS = rf"{_END_OF_THINK}|<\s*/\s*details\s*>"
_TOKEN = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
    # A tag in backticks is talked about, not used.
    rf"|`(?:{_THINK}|{_END_OF_THINK})`"
    rf"|(?P<think>{_THINK})|(?P<details>{_DETAILS})|(?P<end>{_END_OF_THINK})",
    re.IGNORECASE | re.MULTILINE,
)
_ENDS = {
    "think": re.compile(_END_OF_THINK, re.IGNORECASE),
    "details": re.compile(_END_OF_DETAILS, re.IGNORECASE),
}
_HALF_SUMMARY = (
    rf"<\s*(?:{_start_of('summary')}|summary(?:\s[^<>]*|{_ATTRIBUTES}>\s*{_start_of('thinking')}[.…]*\s*"
    rf"(?:<\s*/?\s*{_start_of('summary')}\s*)?))"
)
_HALF_TAG = re.compile(
    rf"<\s*(?:/?\s*{_start_of('thinking')}\s*|think(?:ing)?\s[^<>]*"
    rf"|{_start_of('details')}|details(?:\s[^<>]*|{_ATTRIBUTES}>\s*(?:{_HALF_SUMMARY})?))$",
    re.IGNORECASE,
)
_HALF_END = re.compile(r"<\s*/?\s*[a-z]*\s*$", re.IGNORECASE)
#: No half tag is longer; Dify's carries a style of 100 characters.
_LONGEST_HALF = 600
_MARKUP = str.maketrans("", "", "*`#>|~[]$<\\")


class Separated(Struct, frozen=True):
    """A text taken apart.

    thinking: the reasoning goes on; what comes next belongs to it.
    """

    answer: str
    reasoning: str
    thinking: bool


def separate(text: str, *, finished: bool = False) -> Separated:
    """Tell reasoning and answer apart; tags in a block of code are text.

    What may be the start of a tag is in neither until more has come. Where the template swallows the opening
    tag, reasoning passes for the answer until the closing one comes: nothing in the text tells.

    finished: nothing more comes, so half a tag is text.
    """
    if "<" not in text:
        return Separated(text, "", thinking=False)
    answer: list[str] = []
    reasoning: list[str] = []
    fence = ""
    done = at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        kind, at = token.lastgroup, token.end()
        if kind == "info":
            fence, at = _after_fence_line(fence, token)
        elif kind == "end" and not fence:
            # The first one without a beginning ends what the template began; a later one is a slip.
            (answer if answer or reasoning else reasoning).append(text[done : token.start()])
            done = at
        elif kind is not None and not fence:
            answer.append(text[done : token.start()])
            end = _ENDS[kind].search(text, at)
            if end is None:
                reasoning.append(_HALF_END.sub("", text[at:]))
                return _separated(answer, reasoning, thinking=True)
            reasoning.append(text[at : end.start()])
            done = at = end.end()
    rest = text[done:]
    if not finished and not fence:
        half = _HALF_TAG.search(rest, max(0, len(rest) - _LONGEST_HALF))
        rest = rest[: half.start()] if half else rest
    if not answer and not reasoning:
        return Separated(rest, "", thinking=False)
    return _separated([*answer, rest], reasoning, thinking=False)


def present(separated: Separated, mode: Mode, *, label: str) -> str:
    """The markdown to show.

    Cards have nothing that unfolds, so folded reasoning is its first words behind the label. They do not
    change while it grows, which costs no frames.

    label: what the reasoning is called.
    """
    reasoning = separated.reasoning.strip()
    if mode == "hidden" or not reasoning:
        return separated.answer
    if mode == "folded":
        quote = f"> **{label}** {_excerpt(reasoning)}"
    else:
        lines = (f"**{label}**", "", *reasoning.splitlines())
        quote = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{quote}\n\n{separated.answer}" if separated.answer.strip() else quote


def _after_fence_line(fence: str, token: re.Match[str]) -> tuple[str, int]:
    """The fence that is open behind a line that looks like one, and where to read on."""
    run, info = token["fence"], token["info"].strip()
    if not fence:
        # Three backticks and more of them in one line are a code span.
        return ("", token.end("fence")) if run[0] == "`" and "`" in info else (run, token.end())
    closes = run[0] == fence[0] and len(run) >= len(fence) and not info
    return "" if closes else fence, token.end()


def _separated(answer: list[str], reasoning: list[str], *, thinking: bool) -> Separated:
    thoughts = "\n\n".join(thought for part in reasoning if (thought := part.strip()))
    return Separated("".join(answer).strip(), thoughts, thinking=thinking)


def _excerpt(reasoning: str) -> str:
    words = " ".join(reasoning[: 10 * _EXCERPT_CHARACTERS].translate(_MARKUP).split())
    if len(words) <= _EXCERPT_CHARACTERS:
        return words
    return words[: character_border(words, _EXCERPT_CHARACTERS)] + "…"
