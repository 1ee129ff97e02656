"""The routes that the guide proposes, on questions that a person has labelled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from rag_on_dingtalk.access.decision import decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.access.question_rules.shapes import MOST_READ, asks_several, has_code, has_table
from rag_on_dingtalk.settings.bots_document import convert_bots
from tests.builders import NOW_MS
from tests.infra.documents.texts import ROOT

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

GUIDES = ("cache-and-tiers.md", "cache-and-tiers.zh-CN.md")
QUESTIONS = Path(__file__).with_name("data") / "routed_questions.txt"


def labelled() -> list[tuple[str, str]]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    found = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    return [(label, text.replace(r"\n", "\n").replace(r"\t", "\t")) for label, text in found]


def bot_of(guide: str) -> Bot:
    text = (ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")
    example = next(one for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "routes:" in one)
    document = yaml.safe_load(example)
    app = {"client_id": "ding1", "client_secret": "env:SECRET"}
    document["bots"]["handbook"]["dingtalk"] = app
    return convert_bots(document).bots["handbook"]


@pytest.mark.parametrize("guide", GUIDES)
def test_nine_in_ten_of_two_hundred_labelled_questions_go_where_a_person_would_send_them(guide: str) -> None:
    policy, questions = policy_of(bot_of(guide)), labelled()
    wrong = [
        (label, text)
        for label, text in questions
        if (decide(policy, facts_of("u", "u", None, text=text), (), NOW_MS).use == "deep")
        != (label == "deep")
    ]

    assert len(questions) == 200
    assert len({text for _, text in questions}) == 200
    assert len(wrong) <= 20, wrong


def test_both_guides_propose_the_same_routes() -> None:
    assert bot_of(GUIDES[0]).routes == bot_of(GUIDES[1]).routes


@pytest.mark.parametrize(
    ("text", "code", "table", "several"),
    [
        ("年假有几天？", False, False, False),
        ("select 一间会议室 from 三楼", True, False, False),
        ("制度第 3.2 条是什么？", False, False, False),
        ("a|b|c\n1|2|3", False, True, False),
        ("姓名\t天数\n张三\t5", False, True, False),
        ("年假？病假？", False, False, True),
        ("真的吗？？", False, False, False),
        ("1. 年假\n2. 病假", False, False, True),
        ("邮箱是 a@b.com，电话 010-1234，对吗？", False, False, False),
    ],
)
def test_shapes(text: str, *, code: bool, table: bool, several: bool) -> None:
    assert (has_code(text), has_table(text), asks_several(text)) == (code, table, several)


def test_only_the_beginning_of_a_long_question_is_looked_at() -> None:
    assert not has_code("。" * MOST_READ + "```x```")
