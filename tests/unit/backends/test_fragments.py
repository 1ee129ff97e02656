from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.text.fragments import Mark, Rewriter, mark, settled

REF = mark(r" ?<ref>\[\d+\]</ref>")
NUMBERS = mark(r" ?\[ID:\s*\d+\]", r" ?##\d+\$\$")

#: Texts in which marks are likely, whole and broken.
_PIECES = st.lists(
    st.sampled_from(
        [
            "补卡",
            " ",
            "<ref>[1]</ref>",
            "<",
            "<re",
            "f>[",
            "12",
            "]</",
            "ref>",
            "[ID:",
            " 3",
            "]",
            "##",
            "4$$",
        ]
    ),
    max_size=12,
)


def rewritten(pieces: list[str], sought: Mark, replacement: str = "") -> str:
    rewriter = Rewriter(sought, replacement)
    return "".join([*map(rewriter.feed, pieces), rewriter.end()])


@pytest.mark.parametrize(
    ("text", "sought", "plain"),
    [
        ("四楼 <ref>[1]</ref>。", REF, "四楼。"),
        ("四楼<ref>[12]</ref><ref>[3]</ref>", REF, "四楼"),
        ("a <ref>[x]</ref> < b", REF, "a <ref>[x]</ref> < b"),
        ("补卡 [ID:0] ##3$$。", NUMBERS, "补卡。"),
        ("## 标题 [ID]", NUMBERS, "## 标题 [ID]"),
    ],
)
def test_marks_go_and_everything_else_stays_however_it_is_cut(text: str, sought: Mark, plain: str) -> None:
    assert rewritten([text], sought) == plain
    assert rewritten(list(text), sought) == plain
    for at in range(len(text)):
        assert rewritten([text[:at], text[at:]], sought) == plain


@given(pieces=_PIECES)
def test_the_cut_makes_no_difference(pieces: list[str]) -> None:
    for sought in (REF, NUMBERS):
        assert rewritten(pieces, sought, "·") == sought.whole.sub("·", "".join(pieces))


@given(text=st.text(max_size=40), places=st.lists(st.integers(min_value=0, max_value=40), max_size=4))
def test_a_text_without_marks_is_unchanged(text: str, places: list[int]) -> None:
    ends = [0, *sorted(places), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(ends)]

    assert rewritten(pieces, mark("]\\(/files/"), "!") == "".join(pieces).replace("](/files/", "!")


def test_only_what_may_become_a_mark_is_held_back() -> None:
    assert settled("补卡 <ref>[1", REF) == 2
    assert settled("补卡 <ref>[1]</ref>x", REF) == len("补卡 <ref>[1]</ref>x")
    assert settled("补卡 <refs", REF) == len("补卡 <refs")
