"""Pictures in an answer become what DingTalk can show, or stay something a person can follow or read."""

from __future__ import annotations

from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.answering.enclosed import Enclosed, Picture
from rag_on_dingtalk.answering.render import preview, render
from rag_on_dingtalk.backends.base import AnswerFile
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import FileMessage

ZH = Texts("zh")
HERE = "https://kb.example.com/a.png"


def test_an_uploaded_picture_is_shown_whatever_its_address_was() -> None:
    enclosed = Enclosed({"/a.png": Picture(HERE, "@lAD1"), HERE: Picture(HERE, "@lAD1")})

    assert enclosed.exchange(f"![一](/a.png) ![二]({HERE})") == "![一](@lAD1) ![二](@lAD1)"


def test_one_that_was_not_becomes_a_link_that_works_from_anywhere() -> None:
    assert Enclosed({"/a.png": Picture(HERE)}).exchange("![图](/a.png)") == f"[图]({HERE})"


def test_one_that_is_nowhere_leaves_its_description() -> None:
    assert Enclosed({"x:y": Picture()}).exchange("![图](x:y)") == "图"


def test_code_stays_as_it_is() -> None:
    assert Enclosed({"/a.png": Picture(HERE, "@lAD1")}).exchange("`![一](/a.png)`") == "`![一](/a.png)`"


def test_while_an_answer_grows_its_pictures_are_named_only() -> None:
    assert preview("见图：![平面图](/a.png)", ZH) == "见图：平面图"


def test_files_that_follow_as_messages_are_named_and_the_others_linked() -> None:
    draft = Draft(
        text="见附件。",
        files=(AnswerFile("https://kb/1", "月报.pdf"), AnswerFile("https://kb/2", "原始数据.csv")),
    )
    enclosed = Enclosed(files=(FileMessage("@lAD1", "月报.pdf", "https://kb/1"),))

    (text,) = render(draft, None, ZH, enclosed=enclosed)

    assert "附件：月报.pdf" in text
    assert "[原始数据.csv](https://kb/2)" in text
    assert "https://kb/1" not in text


def test_an_answer_that_is_nothing_but_a_picture_is_not_blank() -> None:
    draft = Draft(files=(AnswerFile(HERE, "图.png", picture=True),))

    assert render(draft, None, ZH, enclosed=Enclosed({HERE: Picture(HERE, "@lAD1")})) == ("![图.png](@lAD1)",)
