"""The marks around a model's reasoning, and what is looked for while it is read. Pure.

Sources: DeepSeek, Qwen, vLLM, AnythingLLM and Dify 1.x (`<think>`, whose opening half DeepSeek's
chat template swallows), Dify 0.15 and Open WebUI (`<details><summary>`), Seed-OSS (`<seed:think>`), Kimi
(`◁think▷`), Magistral (`[THINK]`), gpt-oss (harmony channels, also with their special tokens stripped),
Cohere (`<|START_THINKING|>`), Sky-T1 (`<|begin_of_thought|>`), Gemma and MedGemma.
"""

from __future__ import annotations

import re
from functools import cached_property

from rag_on_dingtalk.backends.text.fragments import Mark, mark

#: No mark is longer, characters; Dify's carries a style of 100.
LONGEST_MARK = 600


def _xml(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The opening and the closing forms of a tag."""
    return (rf"<\s*{name}\s*>", rf"<\s*{name}\s[^<>]*>"), (rf"<\s*/\s*{name}\s*>",)


def _details(summary: str) -> str:
    return rf"<\s*details[^<>]*>\s*<\s*summary[^<>]*>\s*{summary}[^<>]*<\s*/\s*summary\s*>"


def _families() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    think, thinking = _xml("think"), _xml("thinking")
    spaced, spaced_long = _xml("[a-z]+:think"), _xml("[a-z]+:thinking")
    ends = (*think[1], *thinking[1])
    summaries = ("Thinking", "Thought", "Reasoning", "思考", "已思考", "深度思考", "已深度思考")
    return {
        "think": ((*think[0], *thinking[0]), ends),
        "spaced": ((*spaced[0], *spaced_long[0]), (*spaced[1], *spaced_long[1], *ends)),
        "thought": ((*_xml("thought")[0], *_xml("thoughts")[0]), (*_xml("thought")[1], *_xml("thoughts")[1])),
        "reasoning": _xml("reasoning"),
        "kimi": ((r"◁\s*think\s*▷",), (r"◁\s*/\s*think\s*▷",)),
        "bracket": ((r"\[THINK\]",), (r"\[/THINK\]",)),
        "cohere": ((r"<\|START_THINKING\|>",), (r"<\|END_THINKING\|>",)),
        "sky": ((r"<\|begin_of_thought\|>",), (r"<\|end_of_thought\|>",)),
        "bars": (
            (r"<\|think\|>", r"<\|thinking\|>"),
            (r"<\|/think\|>", r"<\|/thinking\|>", r"<\|end_think\|>"),
        ),
        "gemma": ((r"<\|channel>thought",), (r"<channel\|>",)),
        "medgemma": ((r"<unused94>thought", r"<unused94>"), (r"<unused95>",)),
        "details": (tuple(map(_details, summaries)), (r"<\s*/\s*details\s*>", *ends)),
    }


_FAMILIES = _families()
#: These close a thought whose opening half is missing.
_LOOSE = ("think", "spaced", "thought", "reasoning", "kimi", "bracket", "cohere", "sky", "bars")
#: Around the answer, of the models that mark it, too.
_WRAPPERS = (
    r"<\|begin_of_solution\|>",
    r"<\|end_of_solution\|>",
    r"<\|START_RESPONSE\|>",
    r"<\|END_RESPONSE\|>",
)
_HEADS = (r"<\|start\|>", r"<\|channel\|>")
_TAILS = (r"<\|end\|>", r"<\|return\|>", r"<\|call\|>")
_MESSAGE = r"<\|message\|>"
_HEADER_PARTS = (*_HEADS, r"<\|constrain\|>")
#: A harmony header has a role, a channel and at most a recipient.
LONGEST_HEADER = 300
#: Harmony whose special tokens were stripped: `analysisThe user…assistantfinalTen days.`
STRIPPED_CHANNEL, STRIPPED_END = "analysis", "assistantfinal"
_STARTERS = re.compile(r"[<◁\[]")


class Sought:
    """What is looked for in one state; the groups of `whole` name what was found.

    forms: regular expressions by the name of their group. starters: how each of them begins.

    Both patterns are compiled when text holds a starter for the first time: for all states that takes as long
    as a twelfth of an instance's start, and most answers hold none.
    """

    def __init__(self, forms: dict[str, tuple[str, ...]], starters: re.Pattern[str] = _STARTERS) -> None:
        self.forms = forms
        self.starters = starters

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """Any of the forms."""
        union = "|".join(f"(?P<{name}>{'|'.join(ones)})" for name, ones in self.forms.items())
        return re.compile(union, re.IGNORECASE)

    @cached_property
    def parts(self) -> Mark:
        """The beginning of any of them."""
        return mark(*(form for ones in self.forms.values() for form in ones), flags=re.IGNORECASE)


_LOOSE_ENDS = tuple(dict.fromkeys(form for name in _LOOSE for form in _FAMILIES[name][1]))
IN_ANSWER = Sought(
    {
        **{f"open_{name}": opens for name, (opens, _) in _FAMILIES.items()},
        "close": _LOOSE_ENDS,
        "head": _HEADS,
        "tail": _TAILS,
        "message": (_MESSAGE,),
        "wrapper": _WRAPPERS,
    }
)
IN_THOUGHT = {name: Sought({"close": closes}) for name, (_, closes) in _FAMILIES.items()}
IN_OPEN_START = Sought(
    {
        **{f"open_{name}": opens for name, (opens, _) in _FAMILIES.items()},
        "head": _HEADS,
        "close": _LOOSE_ENDS,
    }
)
IN_ANALYSIS = Sought({"head": _HEADS, "tail": _TAILS})
IN_HEADER = Sought({"message": (_MESSAGE,), "part": _HEADER_PARTS})
IN_STRIPPED = Sought({"close": (STRIPPED_END,)}, re.compile("a", re.IGNORECASE))
