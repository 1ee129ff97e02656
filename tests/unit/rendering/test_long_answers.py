"""However much a backend says, a person reads a few messages; what shows nothing is no answer."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.render import answer_of, render
from rag_on_dingtalk.rendering.uploaded_media import Picture, UploadedMedia
from rag_on_dingtalk.texts import Texts

ZH = Texts("zh")
BLANK = [
    "```",
    "```python\n```",
    "#",
    ">",
    "![]()",
    "<br><br>",
    "<div></div>",
    "\0",
    "\u200b\ufeff",
    "\u202e",
    "\u2800\u3164",
]


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_an_answer_of_which_nothing_is_seen_is_none(text: str) -> None:
    assert answer_of(Draft(text=text), ZH) == ""


@pytest.mark.parametrize("text", ["?", "👍", "5", "`x`", "![a](http://x.example/a.png)", "```\nx\n```"])
def test_whatever_is_seen_is_an_answer(text: str) -> None:
    assert answer_of(Draft(text=text), ZH) == text


def test_an_endless_answer_is_a_few_messages_with_its_sources() -> None:
    parts = render(Draft(text="字" * 1_500_000, citations=(Citation(title="手册"),)), None, ZH)

    assert len(parts) < 10
    assert ZH.say("cut") in "".join(parts)
    assert "手册" in parts[-1]


def test_an_endless_table_is_a_few_messages() -> None:
    assert len(render(Draft(text="|a|b|\n|-|-|\n" + "|x|y|\n" * 20_000), None, ZH)) < 20


def test_a_picture_in_html_is_shown_like_any_other() -> None:
    enclosed = UploadedMedia({"/a.png": Picture("https://kb.example/a.png", "@lAD1")})

    (text,) = render(Draft(text='见 <img src="/a.png" alt="图"/>'), None, ZH, enclosed=enclosed)

    assert "![图](@lAD1)" in text
