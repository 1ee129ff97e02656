"""Where the model's reasoning ends and its answer begins, however the text is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.rendering import reasoning_marks
from rag_on_dingtalk.rendering.code_state import CodeState
from rag_on_dingtalk.rendering.reasoning_parser import Kind, ReasoningParser
from tests.examples import examples

#: As Dify 0.15 and Open WebUI write it.
DETAILS = '<details style="color:gray;background-color: #f8f8f8;" open> <summary> Thinking... </summary>'
TIMED = '<details type="reasoning" duration="3"><summary>Thought for 3 seconds</summary>'

MARKS = {
    "think": ("<think>", "</think>"),
    "thinking": ("<Thinking>\n", "\n</THINKING >"),
    "attributes": ('<think lang="zh">', "</Think>"),
    "blanks": ("< think >", "</ think>"),
    "seed": ("<seed:think>", "</seed:think>"),
    "seed, closed short": ("<seed:think>", "</think>"),
    "other prefix": ("<mm:thinking>", "</mm:thinking>"),
    "thought": ("<thought>", "</thought>"),
    "reasoning": ('<Reasoning effort="high">', "</reasoning>"),
    "kimi": ("◁think▷", "◁/think▷"),
    "magistral": ("[THINK]", "[/THINK]"),
    "cohere": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "sky": ("<|begin_of_thought|>", "<|end_of_thought|>"),
    "details": (DETAILS, "</details>"),
    "details, closed as think": (DETAILS, "</think>"),
    "details with a time": (TIMED, "</details>"),
    "harmony": ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    "harmony with a tool": (
        "<|start|>assistant<|channel|>commentary to=functions.search <|constrain|>json<|message|>",
        "<|call|><|start|>assistant<|channel|>final<|message|>",
    ),
}

TEXTS = {
    "no mark": ("每月三次。", "每月三次。", ""),
    "between two texts": ("先 <think>甲</think> 后", "先  后", "甲"),
    "two rounds": ("<think>甲</think>乙<think>丙</think>丁", "乙丁", "甲\n\n丙"),
    "never closed": ("<think>一直想", "", "一直想"),
    "half closed": ("<think>想</thi", "", "想</thi"),
    "never opened": ("想一想</think>\n\n答", "答", "想一想"),
    "closed twice": ("<think>甲</think>乙</think>丙", "乙丙", "甲"),
    "half opened": ("1 < 2 <thin", "1 < 2 <thin", ""),
    "in a fence": ("```\n<think>\n</think>\n```\n好", "```\n<think>\n</think>\n```\n好", ""),
    "in an open fence": ("~~~xml\n<reasoning>甲</reasoning>\n", "~~~xml\n<reasoning>甲</reasoning>\n", ""),
    "behind a fence": ("```\nx\n```\n<think>甲</think>乙", "```\nx\n```\n乙", "甲"),
    "in a longer fence": ("````\n```\n<think>\n````\n<think>甲</think>", "````\n```\n<think>\n````\n", "甲"),
    "in a code span": ("用 `<think>` 标签", "用 `<think>` 标签", ""),
    "behind a code span": ("```行内``` <think>甲</think>乙", "```行内``` 乙", "甲"),
    "other details": ("<details><summary>更多</summary>正文</details>",) * 2 + ("",),
    "other words": ("<thoughtful> [think](a) <|im|> [THINKING]",) * 2 + ("",),
    "tokens of no harmony": ("写 <|end|> 和 <|message|>",) * 2 + ("",),
    "stripped harmony": ("analysisWe look it up.assistantfinal十天。", "十天。", "analysisWe look it up."),
    "stripped harmony in Chinese": ("analysis用户问年假assistantfinal十天。", "十天。", "analysis用户问年假"),
    "the word analysis": ("analysis of the data",) * 2 + ("",),
    "a whole answer that begins like stripped harmony": ("analysisX 是一个词",) * 2 + ("",),
    "wrapped answer": ("<|START_RESPONSE|>十天。<|END_RESPONSE|>", "十天。", ""),
    "harmony without analysis": (
        "<|start|>assistant<|channel|>final<|message|>十天。<|return|>",
        "十天。",
        "",
    ),
}


def read(*pieces: str, starts_open: bool = False, whole: bool = True) -> tuple[str, str]:
    """Answer and reasoning, as a reader who follows the pieces has them in the end."""
    parser = ReasoningParser(starts_open=starts_open)
    answer = reasoning = ""
    for kind, words in [one for piece in pieces for one in parser.feed(piece)] + parser.end(whole=whole):
        if kind is Kind.ANSWER:
            answer += words
        elif kind is Kind.REASONING:
            reasoning += words
        elif kind is Kind.WAS_REASONING:
            answer, reasoning = "", answer
        else:
            answer, reasoning = reasoning, ""
    return answer, reasoning


def chunks(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("marks", MARKS)
def test_every_mark_is_known_wherever_it_is_cut(marks: str) -> None:
    opening, closing = MARKS[marks]
    text = f"{opening}先看制度，1 < 2。{closing}\n\n每月三次。"

    for size in (1, 2, 3, 7, len(text)):
        answer, reasoning = read(*chunks(text, size))
        assert (answer.strip(), reasoning.strip()) == ("每月三次。", "先看制度，1 < 2。"), size


@pytest.mark.parametrize("case", TEXTS)
def test_answer_and_reasoning_are_told_apart_however_they_are_cut(case: str) -> None:
    text, answer, reasoning = TEXTS[case]

    assert read(text) == (answer, reasoning)
    assert read(*text) == (answer, reasoning)
    for at in range(len(text)):
        assert read(text[:at], text[at:]) == (answer, reasoning)


FRAGMENTS = st.sampled_from(
    [
        *(mark for pair in MARKS.values() for mark in pair),
        *("补", "\n", "```", "`", "<", "</", "[", "◁", "<|", " ", "~~~\n", "analysis", "assistantfinal", "A"),
    ]
)


@given(
    fragments=st.lists(FRAGMENTS, max_size=8),
    places=st.lists(st.integers(min_value=0), max_size=6),
    starts_open=st.booleans(),
    whole=st.booleans(),
)
def test_the_cut_makes_no_difference(
    fragments: list[str],
    places: list[int],
    starts_open: bool,  # noqa: FBT001 - drawn
    whole: bool,  # noqa: FBT001 - drawn
) -> None:
    text = "".join(fragments)
    ends = sorted(place % (len(text) + 1) for place in places)
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]

    expected = read(text, starts_open=starts_open, whole=whole)
    assert read(*pieces, starts_open=starts_open, whole=whole) == expected
    assert read(*text, starts_open=starts_open, whole=whole) == expected


@given(st.text(alphabet="<>/thinkdeals \n`~a=\"'[]TH|◁▷"))
def test_no_text_is_invented(text: str) -> None:
    answer, reasoning = read(*text)

    assert len(answer) + len(reasoning) <= len(text) + 2 * text.count("<") + 2 * text.count("[")


@settings(max_examples=examples(20 * len(MARKS)))
@given(
    marks=st.sampled_from(sorted(MARKS)),
    answers=st.lists(st.sampled_from(["答", "\n\n", "`<think>`", "a < b", "\n```\n<think>\n```\n"])),
)
def test_no_reasoning_is_shown_while_it_grows(marks: str, answers: list[str]) -> None:
    opening, closing = MARKS[marks]
    parser = ReasoningParser()
    shown = ""
    for letter in "".join(answers) + "\n" + opening + "SECRET" + closing + "答":
        for kind, words in parser.feed(letter):
            shown += words if kind is Kind.ANSWER else ""
            assert "SECRET" not in shown
    assert shown.endswith("答")


def test_a_model_that_starts_open_shows_nothing_before_the_closing_mark() -> None:
    parser = ReasoningParser(starts_open=True)

    assert all(kind is Kind.REASONING for kind, _ in parser.feed("内部评分，不要说。"))
    assert [words for kind, words in parser.feed("</think>十天") if kind is Kind.ANSWER] == ["十天"]


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("想</think>十天。", True, ("十天。", "想")),
        ("<think>想</think>十天。", True, ("十天。", "想")),
        ("\n<Think>想</think>十天。", True, ("十天。", "\n想")),
        ("想◁/think▷十天。", True, ("十天。", "想")),
        (
            "<|channel|>analysis<|message|>想<|end|><|start|>assistant<|channel|>final<|message|>十天",
            True,
            ("十天", "想"),
        ),
        ("十天，这次没有想。", True, ("十天，这次没有想。", "")),
        ("想到一半断", False, ("", "想到一半断")),
    ],
)
def test_what_starts_open_means(text: str, whole: bool, expected: tuple[str, str]) -> None:  # noqa: FBT001 - a column
    assert read(text, starts_open=True, whole=whole) == expected
    assert read(*text, starts_open=True, whole=whole) == expected


def test_reasoning_that_comes_apart_from_the_text_leaves_nothing_open() -> None:
    parser = ReasoningParser(starts_open=True)
    parser.reasoning_comes_apart()

    assert [tuple(piece) for piece in parser.feed("十天。")] == [(Kind.ANSWER, "十天。")]


@pytest.mark.parametrize(
    "other", ["<b>", "<table>", "< 3", "a <= b", "<thin ice", "<details><summary>更多", "[1]"]
)
def test_what_cannot_become_a_mark_is_shown_at_once(other: str) -> None:
    assert "".join(words for _, words in ReasoningParser().feed(f"答{other}")) == f"答{other}"


@pytest.mark.parametrize(
    "piece", ["<think>", "</think>", "<", "< ", DETAILS, "<think ", "`<think>`", "[", "字"]
)
def test_the_cost_is_linear(piece: str) -> None:
    """Counted in characters handed out and held, not in seconds: nothing is said twice or kept for ever."""
    parser = ReasoningParser()
    text = piece * (30_000 // len(piece))
    said = 0
    for start in range(0, len(text), 7):
        said += sum(len(words) for _, words in parser.feed(text[start : start + 7]))
        assert len(parser._held) <= 700
    assert said <= len(text) * 2


@given(
    lines=st.lists(st.sampled_from(["```", "````", "~~~", "```py", "``` `x`", "`a", "b`", "text", "> ```"]))
)
def test_code_is_recognised_however_it_is_cut(lines: list[str]) -> None:
    text = "\n".join(lines)
    whole, letters = CodeState(), CodeState()
    whole.feed(text)
    for letter in text:
        letters.feed(letter)

    assert whole.inside == letters.inside


STATES = [one for one in vars(reasoning_marks).values() if isinstance(one, reasoning_marks.Sought)]


@pytest.mark.parametrize("state", [*STATES, *reasoning_marks.IN_THOUGHT.values()])
def test_every_mark_begins_with_what_it_is_looked_for_by(state: reasoning_marks.Sought) -> None:
    firsts = {form.removeprefix("\\")[0] for forms in state.forms.values() for form in forms}

    assert firsts
    assert all(state.starters.match(first) for first in firsts)


def test_an_answer_without_a_mark_compiles_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasoning_marks.Sought, "whole", property(lambda _: pytest.fail("compiled")))
    monkeypatch.setattr(reasoning_marks.Sought, "parts", property(lambda _: pytest.fail("compiled")))
    parser = ReasoningParser()

    pieces = [*parser.feed("每月"), *parser.feed("三次。"), *parser.end(whole=True)]

    assert "".join(words for _, words in pieces) == "每月三次。"
