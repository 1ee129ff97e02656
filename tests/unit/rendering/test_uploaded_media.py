"""Pictures in an answer become what DingTalk can show, or stay something a person can follow or read."""

from __future__ import annotations

import tracemalloc

import pytest

from rag_on_dingtalk.backends.base import AnswerFile
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.markdown import in_words
from rag_on_dingtalk.rendering.render import preview, render
from rag_on_dingtalk.rendering.uploaded_media import Picture, UploadedMedia
from rag_on_dingtalk.texts import Texts

ZH = Texts("zh")
HERE = "https://kb.example.com/a.png"


def test_an_uploaded_picture_is_shown_whatever_its_address_was() -> None:
    enclosed = UploadedMedia({"/a.png": Picture(HERE, "@lAD1"), HERE: Picture(HERE, "@lAD1")})

    assert enclosed.exchange(f"![一](/a.png) ![二]({HERE})") == "![一](@lAD1) ![二](@lAD1)"


def test_one_that_was_not_becomes_a_link_that_works_from_anywhere() -> None:
    assert UploadedMedia({"/a.png": Picture(HERE)}).exchange("![图](/a.png)") == f"[图]({HERE})"


def test_one_that_is_nowhere_leaves_its_description() -> None:
    assert UploadedMedia({"x:y": Picture()}).exchange("![图](x:y)") == "图"


def test_one_in_a_links_label_leaves_its_description_there() -> None:
    enclosed = UploadedMedia({"/a.png": Picture(HERE)})

    assert enclosed.exchange("[![图](/a.png)](https://kb/large)") == "[图](https://kb/large)"
    assert enclosed.exchange("[甲](u) ![图](/a.png)") == f"[甲](u) [图]({HERE})"


def test_code_stays_as_it_is() -> None:
    assert UploadedMedia({"/a.png": Picture(HERE, "@lAD1")}).exchange("`![一](/a.png)`") == "`![一](/a.png)`"


def test_while_an_answer_grows_its_pictures_are_named_only() -> None:
    assert preview("见图：![平面图](/a.png)") == "见图：平面图"


def test_half_a_picture_that_stands_in_the_answer_is_never_shown_as_text() -> None:
    text = f"见图：![平面图](data:image/png;base64,{'A' * 30_000}"

    assert preview(text) == "见图：平面图"
    assert render(Draft(text=text), FailureKind.INTERRUPTED, ZH) == (
        f"见图：平面图\n\n> {ZH.failure(FailureKind.INTERRUPTED)}",
    )


def test_words_about_such_pictures_stay() -> None:
    text = "写成 `![图](data:` 开头的图片。"

    assert render(Draft(text=text), None, ZH) == (text,)


def test_a_picture_of_megabytes_takes_no_more_memory_than_a_few_times_itself() -> None:
    text = f"![图](data:image/png;base64,{'A' * 1_000_000})"
    tracemalloc.start()

    assert preview(text) == "图"

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(text)


def test_for_the_record_such_a_picture_is_its_description() -> None:
    answer = f"![一](data:image/png;base64,AAAA) ![二]({HERE}) `![三](data:,a)`"

    assert in_words(answer) == f"一 ![二]({HERE}) `![三](data:,a)`"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a](https://evil.example) [b.csv", "a］(https://evil.example) ［b.csv"),
        ("a\nb.csv", "a b.csv"),
        ("`a.csv", "｀a.csv"),
        ("a\\", "a＼"),
    ],
)
def test_a_files_name_cannot_break_its_link(name: str, shown: str) -> None:
    draft = Draft(files=(AnswerFile("https://kb/f(1", name),))

    assert render(draft, None, ZH) == (f"- [{shown}](https://kb/f%281)",)


def test_files_that_follow_as_messages_are_named_and_the_others_linked() -> None:
    draft = Draft(
        text="见附件。",
        files=(AnswerFile("https://kb/1", "月报.pdf"), AnswerFile("https://kb/2", "原始数据.csv")),
    )
    enclosed = UploadedMedia(files=(FileMessage("@lAD1", "月报.pdf", "https://kb/1"),))

    (text,) = render(draft, None, ZH, enclosed=enclosed)

    assert "附件：月报.pdf" in text
    assert "[原始数据.csv](https://kb/2)" in text
    assert "https://kb/1" not in text


def test_an_answer_that_is_nothing_but_a_picture_is_not_blank() -> None:
    draft = Draft(files=(AnswerFile(HERE, "图.png", picture=True),))

    assert render(draft, None, ZH, enclosed=UploadedMedia({HERE: Picture(HERE, "@lAD1")})) == (
        "![图.png](@lAD1)",
    )
