"""How a model's reasoning is shown beside its answer. Pure."""

from __future__ import annotations

from typing import Literal

from rag_on_dingtalk.rendering.markdown.characters import character_border

Mode = Literal["hidden", "folded", "shown"]

_EXCERPT_CHARACTERS = 60
_MARKUP = str.maketrans("", "", "*`#>|~[]$<\\")


def present(answer: str, reasoning: str, mode: Mode, *, label: str) -> str:
    """The markdown to show, of a finished answer or a growing one.

    Cards have nothing that unfolds, so folded reasoning is its first words behind the label. They do not
    change while it grows, which costs no frames.

    label: what the reasoning is called.
    """
    reasoning = reasoning.strip()
    if mode == "hidden" or not reasoning:
        return answer
    if mode == "folded":
        quote = f"> **{label}** {_excerpt(reasoning)}"
    else:
        lines = (f"**{label}**", "", *reasoning.splitlines())
        quote = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{quote}\n\n{answer}" if answer.strip() else quote


def _excerpt(reasoning: str) -> str:
    words = " ".join(reasoning[: 10 * _EXCERPT_CHARACTERS].translate(_MARKUP).split())
    if len(words) <= _EXCERPT_CHARACTERS:
        return words
    return words[: character_border(words, _EXCERPT_CHARACTERS)] + "…"
