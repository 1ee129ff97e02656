from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.answering.reasoning import Mode, Separated, present, separate

DETAILS = '<details style="color:gray;background-color: #f8f8f8;" open> <summary> Thinking... </summary>'
#: Words of the model's thoughts, which occur in no answer below.
THOUGHTS = st.lists(
    st.sampled_from(["SECRET ", "SECRET\n", "```\n", "SECRET <b>", "`SECRET`", "1 < 2 "])
).map("".join)
ANSWERS = st.lists(
    st.sampled_from(
        ["答案", "\n\n", "\n```python\n<think>\n```\n", "`<think>`", "a < b", "<br>", "</", "<thin"]
    )
).map("".join)
TAGS = st.sampled_from(
    [
        ("<think>", "</think>"),
        ("<Thinking>\n", "\n</THINKING >"),
        ('<think a="b">', "</think>"),
        ("< think >", "</ think>"),
        (DETAILS, "</details>"),
        (DETAILS, "</think>"),
    ]
)
TEXTS = st.lists(st.tuples(ANSWERS, TAGS, THOUGHTS), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("text", "answer", "reasoning", "thinking"),
    [
        ("只有答案", "只有答案", "", False),
        ("<think>想</think>\n\n答", "答", "想", False),
        ("<think>\n</think>\n\n答", "答", "", False),
        ("<thinking>想</thinking>答", "答", "想", False),
        ("<THINK lang=zh>想</Think >答", "答", "想", False),
        ("<think>一</think>甲<think>二</think>乙", "甲乙", "一\n\n二", False),
        ("想完了</think>\n答", "答", "想完了", False),
        ("<think>想</think>答</think>完", "答完", "想", False),
        ("<think>还在想", "", "还在想", True),
        ("开头<think>还在想</thi", "开头", "还在想", True),
        (f"{DETAILS}想</details>答", "答", "想", False),
        (f"{DETAILS}想</think>答", "答", "想", False),
        ("<details><summary>更多</summary>正文</details>",) * 2 + ("", False),
        ("```\n<think>x</think>\n```\n答", "```\n<think>x</think>\n```\n答", "", False),
        ("用 `<think>` 标签", "用 `<think>` 标签", "", False),
        ("```行内``` <think>想</think>答", "```行内``` 答", "想", False),
        ("~~~\n```\n<think>\n~~~\n<think>想</think>", "~~~\n```\n<think>\n~~~", "想", False),
    ],
)
def test_answer_and_reasoning_are_told_apart(text: str, answer: str, reasoning: str, thinking: bool) -> None:  # noqa: FBT001 - a column of the table
    assert separate(text) == Separated(answer, reasoning, thinking)


@pytest.mark.parametrize(
    "half", ["<", "</", "<t", "<thi", "<think", "<think la", "</thinking", "<det", DETAILS[:30], DETAILS[:-3]]
)
def test_half_a_tag_does_not_flash_up(half: str) -> None:
    assert separate(f"答案{half}") == Separated("答案", "", thinking=False)


@pytest.mark.parametrize("other", ["<b", "<table", "< 3", "a <= b", "<thin ice", "<details><summary>更多"])
def test_what_cannot_become_a_tag_is_shown_at_once(other: str) -> None:
    assert separate(f"答案{other}").answer == f"答案{other}"


def test_a_finished_text_keeps_its_last_sign() -> None:
    assert separate("小于号是 <").answer == "小于号是 "
    assert separate("小于号是 <", finished=True).answer == "小于号是 <"


@given(TEXTS, ANSWERS)
def test_hidden_reasoning_never_appears_wherever_the_stream_is_cut(
    blocks: list[tuple[str, tuple[str, str], str]], last: str
) -> None:
    text = "".join(f"{answer}\n{tags[0]}{thought}{tags[1]}" for answer, tags, thought in blocks) + last

    for end in range(len(text) + 1):
        assert "SECRET" not in present(separate(text[:end]), "hidden", label="思考")
    assert "SECRET" not in present(separate(text, finished=True), "hidden", label="思考")


@given(TEXTS, ANSWERS)
def test_no_word_of_the_answer_is_lost(blocks: list[tuple[str, tuple[str, str], str]], last: str) -> None:
    answers = [answer for answer, _, _ in blocks] + [last]
    text = "".join(f"{answer}\n{tags[0]}{thought}{tags[1]}" for answer, tags, thought in blocks) + last

    assert separate(text, finished=True).answer.count("答案") == "".join(answers).count("答案")


@given(st.text(alphabet="<>/thinkdeals \n`~a=\"'"))
def test_any_text_is_taken_apart(text: str) -> None:
    separated = separate(text, finished=True)

    assert len(separated.answer) + len(separated.reasoning) <= len(text) + 2 * text.count("<")


def test_shown_reasoning_is_a_quote_that_nothing_breaks_out_of() -> None:
    separated = Separated("答", "第一\n\n```\n第二\u2028第三", thinking=False)

    assert present(separated, "shown", label="思考过程") == (
        "> **思考过程**\n>\n> 第一\n>\n> ```\n> 第二\n> 第三\n\n答"
    )


def test_folded_reasoning_is_one_line_that_stays_as_it_is_while_more_comes() -> None:
    separated = Separated("答", "**先**看 `制度`\n" + "再想想" * 40, thinking=True)
    longer = Separated("答", separated.reasoning + "还有很多", thinking=True)

    folded = present(separated, "folded", label="思考过程")

    assert folded.startswith("> **思考过程** 先看 制度 再想想")
    assert folded.endswith("…\n\n答")
    assert present(longer, "folded", label="思考过程") == folded


@pytest.mark.parametrize("mode", ["hidden", "folded", "shown"])
def test_an_answer_without_reasoning_stands_alone(mode: Mode) -> None:
    assert present(Separated("答", " \n", thinking=False), mode, label="思考") == "答"


@pytest.mark.parametrize("mode", ["folded", "shown"])
def test_reasoning_without_an_answer_yet_stands_alone(mode: Mode) -> None:
    assert present(Separated("", "想", thinking=True), mode, label="思考").startswith("> **思考**")


@pytest.mark.parametrize(
    "piece", ["<think>", "</think>", "<", "< ", "<details>", DETAILS, "<think ", "`<think>`", "```\n"]
)
def test_a_hundred_thousand_signs_are_no_trouble(piece: str) -> None:
    separated = separate(piece * (100_000 // len(piece)))

    assert len(separated.answer) + len(separated.reasoning) <= 200_000
