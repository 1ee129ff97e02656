from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import close_open, for_card, for_message
from tests.examples import cases

GOLDEN = Path(__file__).parent / "golden"
ANSWERS = [
    re.split(r"^======== \w+\n", path.read_text("utf-8"), flags=re.MULTILINE)[1]
    for path in sorted(GOLDEN.glob("answer-*.md"))
]
# fmt: off
MARKS = [
    "**", "*", "`", "```", "~~", "[", "](", ")", "![", "|", "\n", "\n\n", "|--|--|\n", "- ", "1. ",
    "> ", "# ", "<b>", "<", "$$", "\\(", "文字", "word ", "https://a.example/", "<br>",
    "```python\n", "~~~\n",
]
# fmt: on
MARKUP = st.lists(st.sampled_from(MARKS), max_size=40).map("".join)


def complaints(text: str) -> list[str]:
    """What is not well-formed in a text for a card or a message, by rules of its own."""
    found: list[str] = []
    fence = ""
    table_rows = 0
    for line in text.split("\n"):
        mark = re.match(r"(`{3,})[\w+#.-]*$", line)
        if fence:
            fence = "" if line == fence else fence
            continue
        if mark:
            fence = mark[1]
            continue
        bare = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        table_rows = table_rows + 1 if line.startswith("|") else 0
        if table_rows == 2 and not re.fullmatch(r"\|(?: :?-{3}:? \|)+", line):
            found.append(f"a table without delimiters: {line!r}")
        if "`" in bare:
            found.append(f"a code span is open: {line!r}")
        # A ** between blanks is an operator.
        if len(re.findall(r"(?<![*])\*\*(?!\*)", bare.replace(" ** ", ""))) % 2:
            found.append(f"bold is open: {line!r}")
        if re.search(r"\[[^\]]*$|\]\([^)]*$", bare):
            found.append(f"a link is open: {line!r}")
    if table_rows == 1:
        found.append("half a table")
    return found + [f"code is open: {fence}"] * bool(fence)


@pytest.mark.parametrize(
    ("so_far", "shown"),
    [
        ("正文\n\n```python\nprint(1)", "正文\n\n```python\nprint(1)\n```"),
        ("正文\n```py", "正文"),
        ("正文\n```py\n", "正文"),
        ("正文\n``", "正文"),
        ("```\ncode\n``", "```\ncode\n```"),
        ("> ```\n> code", "> ```\n> code\n> ```"),
        ("1. 步骤：\n   ```bash\n   ls", "1. 步骤：\n   ```bash\n   ls\n   ```"),
        ("详见[差旅制度](https://kb.exam", "详见"),
        ("详见[差旅", "详见"),
        ("图：![流程](https://kb.example/a_(1", "图："),
        ("见[制度](https://kb.example/a)。", "见[制度](https://kb.example/a)。"),
        ("**重点", "**重点**"),
        ("**重点*", "**重点**"),
        ("正文**", "正文"),
        ("**注意：**请", "**注意：**请"),
        ("运行 `pip inst", "运行 `pip inst`"),
        ("运行 `", "运行"),
        ("**运行 `pip", "**运行 `pip`**"),
        ("原价 ~~100", "原价 ~~100~~"),
        ("- 甲\n- ", "- 甲"),
        ("- 甲\n- **", "- 甲"),
        ("正文\n#", "正文"),
        ("正文\n2.", "正文"),
        ("第一<b", "第一"),
        ("式子 \\(a_1 +", "式子"),
        ("说明：\n| 城市 | 上", "说明："),
        ("说明：\n| 城市 | 上限 |\n", "说明："),
        ("说明：\n| 城市 | 上限 |\n|---|", "说明："),
        ("| 城市 | 上限 |\n|---|---|\n| 北京 | 5", "| 城市 | 上限 |\n|---|---|"),
        ("| 城市 | 上限 |\n|---|---|\n| 北京 | 500 |", "| 城市 | 上限 |\n|---|---|\n| 北京 | 500 |"),
        ("脱敏姓名张**，", "脱敏姓名张**，"),
    ],
)
def test_what_has_come_so_far_is_shown_whole(so_far: str, shown: str) -> None:
    assert close_open(so_far) == shown


@pytest.mark.parametrize("answer", cases(ANSWERS))
def test_every_frame_of_a_real_answer_is_well_formed(answer: str) -> None:
    for end in range(len(answer) + 1):
        shown = close_open(answer[:end])
        assert complaints(for_card(shown)) == [], answer[:end]
        assert complaints(for_message(shown)) == [], answer[:end]


@pytest.mark.parametrize("answer", cases(ANSWERS))
def test_no_frame_lags_far_behind(answer: str) -> None:
    for end in range(len(answer) + 1):
        shown = close_open(answer[:end])
        held_back = re.sub(r"\W", "", answer[:end])[len(re.sub(r"\W", "", shown)) :]
        assert len(held_back) <= 120, answer[:end]


@given(MARKUP)
def test_code_is_never_left_open(text: str) -> None:
    assert not [complaint for complaint in complaints(for_card(close_open(text))) if "code" in complaint]


@given(st.text())
def test_nothing_is_invented(text: str) -> None:
    """What is shown is the start of what came, with nothing but marks behind it."""
    shown = close_open(text)
    common = next(
        (i for i, (a, b) in enumerate(zip(shown, text, strict=False)) if a != b), min(len(shown), len(text))
    )

    assert shown[common:].strip("*`~\n> \t") == ""


@pytest.mark.parametrize("piece", ["[", "*", "|", "`", "**", "![", "](", "<", "|\n", "> ", "```\n", "\\("])
def test_a_hundred_thousand_marks_are_no_trouble(piece: str) -> None:
    assert len(close_open(piece * (100_000 // len(piece)))) <= 100_010
