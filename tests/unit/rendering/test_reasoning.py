from __future__ import annotations

import pytest

from rag_on_dingtalk.rendering.reasoning import Mode, present


def test_shown_reasoning_is_a_quote_that_nothing_breaks_out_of() -> None:
    assert present("答", "第一\n\n```\n第二\u2028第三", "shown", label="思考过程") == (
        "> **思考过程**\n>\n> 第一\n>\n> ```\n> 第二\n> 第三\n\n答"
    )


def test_folded_reasoning_is_one_line_that_stays_as_it_is_while_more_comes() -> None:
    reasoning = "**先**看 `制度`\n" + "再想想" * 40

    folded = present("答", reasoning, "folded", label="思考过程")

    assert folded.startswith("> **思考过程** 先看 制度 再想想")
    assert folded.endswith("…\n\n答")
    assert present("答", reasoning + "还有很多", "folded", label="思考过程") == folded


@pytest.mark.parametrize("mode", ["hidden", "folded", "shown"])
def test_an_answer_without_reasoning_stands_alone(mode: Mode) -> None:
    assert present("答", " \n", mode, label="思考") == "答"


@pytest.mark.parametrize("mode", ["folded", "shown"])
def test_reasoning_without_an_answer_yet_stands_alone(mode: Mode) -> None:
    assert present("", "想", mode, label="思考").startswith("> **思考**")
