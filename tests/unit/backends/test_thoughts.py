from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import Reasoning, Replacement, Text
from rag_on_dingtalk.backends.thoughts import Thoughts

#: As Dify 0.15 writes it.
DETAILS = (
    '<details style="color:gray;background-color: #f8f8f8;padding: 8px;border-radius: 4px;" open> '
    "<summary> Thinking... </summary>"
)


def heard(*pieces: str) -> tuple[str, str]:
    """The thoughts and the answer, as somebody who follows the parts has them in the end."""
    thoughts = Thoughts()
    parts = [part for piece in pieces for part in thoughts.feed(piece)] + list(thoughts.end())
    thought, answer = "", ""
    for part in parts:
        match part:
            case Reasoning(delta):
                thought += delta
            case Text(delta):
                answer += delta
            case Replacement(text):
                answer = text
    assert answer == thoughts.text
    return thought, answer


CASES = {
    "no thought": ("补卡每月三次。", "", "补卡每月三次。"),
    "think": ("<think>\n想一想\n</think>\n\n补卡", "\n想一想\n", "补卡"),
    "thinking": ("<thinking>a</thinking>b", "a", "b"),
    "between two texts": ("先 <think>a</think> 后", "a", "先  后"),
    "several": ("<think>a</think>b<think>c</think>d", "ac", "bd"),
    "never closed": ("<think>一直想", "一直想", ""),
    "never opened": ("想一想</think>补卡", "想一想", "补卡"),
    "closed twice": ("<think>a</think>b</think>c", "a", "bc"),
    "details": (f"{DETAILS}想</details>补卡", "想", "补卡"),
    "details, closed as think": (f"{DETAILS}想</think>补卡", "想", "补卡"),
    "other details": (
        "<details><summary>更多</summary>x</details>",
        "",
        "<details><summary>更多</summary>x</details>",
    ),
    "in a fence": ("```\n<think>\n</think>\n```\n好", "", "```\n<think>\n</think>\n```\n好"),
    "in inline code": ("用 `<think>` 标签", "", "用 `<think>` 标签"),
    "after a fence": ("```\nx\n```\n<think>a</think>b", "a", "```\nx\n```\nb"),
    "an unfinished tag": ("1 < 2 <thin", "", "1 < 2 <thin"),
    "an unfinished tag in a thought": ("<think>a</thi", "a</thi", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_thought_and_answer_are_told_apart_however_they_are_cut(case: str) -> None:
    text, thought, answer = CASES[case]

    assert heard(text) == (thought, answer)
    assert heard(*text) == (thought, answer)
    for at in range(len(text)):
        assert heard(text[:at], text[at:]) == (thought, answer)


@given(
    pieces=st.lists(
        st.sampled_from(
            ["补", "<think>", "</think>", "<", "/think>", "\n", "```", "`", DETAILS, "</details>"]
        ),
        max_size=10,
    )
)
def test_the_cut_makes_no_difference(pieces: list[str]) -> None:
    whole = "".join(pieces)

    assert heard(*pieces) == heard(whole) == heard(*whole)


@given(text=st.text())
def test_a_text_without_tags_is_the_answer(text: str) -> None:
    if "</think" not in text and "<think" not in text:
        assert heard(*text) == ("", text)


def test_text_is_not_held_back_without_need() -> None:
    thoughts = Thoughts()

    assert list(thoughts.feed("补卡 <b")) == [Text("补卡 <b")]
    assert list(thoughts.feed("r> <th")) == [Text("r> ")]
    assert list(thoughts.feed("ree")) == [Text("<three")]
