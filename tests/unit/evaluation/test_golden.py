"""Golden questions: a mistake in the file gets a sentence, and an answer is judged by what must hold."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.evaluation.asking import Answer
from rag_on_dingtalk.evaluation.golden import GoldenQuestion, load_golden, read_golden
from rag_on_dingtalk.evaluation.judging import problems
from rag_on_dingtalk.evaluation.running import evaluate
from rag_on_dingtalk.evaluation.telling import as_json, told, worse

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"ask": "年假有几天？", "must_contain": ["5 天"]}

MISTAKES: list[tuple[Any, str]] = [
    (None, "must begin with `questions:`"),
    ([GOOD], "must begin with `questions:`"),
    ({"question": [GOOD]}, "must begin with `questions:`"),
    ({"questions": []}, "has 0 questions"),
    ({"questions": [GOOD], "route": "x"}, "unknown `route`"),
    ({"questions": ["年假？"]}, "question 1 is no mapping"),
    ({"questions": [GOOD, {**GOOD, "ask": "b", "must_contains": ["x"]}]}, "question 2 has an unknown"),
    ({"questions": [{**GOOD, "must_contians": ["x"]}]}, "Is it `must_contain`?"),
    ({"questions": [{**GOOD, "zzz": 1}]}, "There is: ask, must_contain"),
    ({"questions": [{**GOOD, 7: 1}]}, "unknown `7`"),
    ({"questions": [{"must_contain": ["x"]}]}, "ask"),
    ({"questions": [{**GOOD, "must_contain": "5 天"}]}, "question 1 is wrong"),
    ({"questions": [{**GOOD, "must_contain": [5]}]}, "question 1 is wrong"),
    ({"questions": [{**GOOD, "must_contain": [[]]}]}, "question 1 is wrong"),
    ({"questions": [{**GOOD, "must_find_nothing": "yes"}]}, "question 1 is wrong"),
    ({"questions": [{"ask": "a"}]}, "says nothing that must hold"),
    ({"questions": [{"ask": "a", "must_find_nothing": True, "must_cite": ["x"]}]}, "Remove one"),
    ({"questions": [GOOD, GOOD]}, "twice"),
]


@pytest.mark.parametrize(("document", "said"), MISTAKES, ids=[said[:30] for _, said in MISTAKES])
def test_a_mistake_is_named_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_golden(document, "questions.yaml")

    assert said in str(raised.value)
    assert "questions.yaml" in str(raised.value)


KEYS = st.sampled_from(["questions", "ask", "must_contain", "must_cite", "x"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    )
)
def test_whatever_the_file_holds_is_read_or_refused_with_a_sentence(document: Any) -> None:
    told = ""
    questions: tuple[GoldenQuestion, ...] = ()
    try:
        questions = read_golden(document, "q.yaml")
    except ConfigurationError as error:
        told = str(error)

    assert ("q.yaml" in told) != bool(questions)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"questions: [", "not valid YAML in line"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"questions: 2026-13-40", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "questions.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError) as raised:
        load_golden(path)

    assert said in str(raised.value)


A = Answer
JUDGED: list[tuple[dict[str, Any], Answer, list[str]]] = [
    ({"must_contain": ("5 天",)}, A(text="一年有 ５天 年假"), []),
    ({"must_contain": ("vpn",)}, A(text="先申请ＶＰＮ"), []),
    ({"must_contain": ("5 天", "主管")}, A(text="5 天"), ["without '主管'"]),
    ({"must_contain": (("补卡", "补签"),)}, A(text="请补签"), []),
    ({"must_contain": (("补卡", "补签"),)}, A(text="请假"), ["without '补卡' or '补签'"]),
    ({"must_not": ("罚款",)}, A(text="会罚 款"), ["with '罚款'"]),
    ({"must_cite": ("请假",)}, A(cited=("请假与休假.md",)), []),
    ({"must_cite": ("请假",)}, A(cited=("考勤.md",)), ["does not cite '请假', but 考勤.md"]),
    ({"must_cite": ("请假",)}, A(), ["does not cite '请假', but no source"]),
    ({"must_find_nothing": True}, A(nothing_found=True), []),
    ({"must_find_nothing": True}, A(text="周三是鱼"), ["it found something, and must not"]),
    ({"must_contain": ("x",)}, A(nothing_found=True, text="没有"), ["it found nothing", "without 'x'"]),
    ({"must_contain": ("x",)}, A(text="x", failure="timeout"), ["no whole answer: timeout"]),
    ({"must_not": ("x",)}, A(failure="unreachable"), ["no whole answer: unreachable"]),
    ({"must_find_nothing": True}, A(nothing_found=True, failure="busy"), ["no whole answer: busy"]),
]


@pytest.mark.parametrize(("wanted", "answer", "found"), JUDGED)
def test_an_answer_is_judged_by_what_must_hold(
    wanted: dict[str, Any], answer: Answer, found: list[str]
) -> None:
    assert list(problems(GoldenQuestion(ask="?", **wanted), answer)) == found


QUESTIONS = [GoldenQuestion(ask=f"q{number}", must_contain=(f"a{number}",)) for number in range(9)]


async def test_questions_are_asked_a_few_at_a_time_and_told_in_their_order() -> None:
    running, most, release = 0, 0, asyncio.Event()

    async def ask(question: str) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if most == 3:
            release.set()
        await release.wait()
        running -= 1
        return Answer(text=question.replace("q", "a"))

    results = await evaluate(QUESTIONS, ask, at_once=3)

    assert most == 3
    assert [one.question.ask for one in results] == [one.ask for one in QUESTIONS]
    assert all(one.passed for one in results)


async def test_two_routes_stand_beside_one_another_and_only_what_got_worse_counts() -> None:
    async def good(question: str) -> Answer:
        return Answer(text=question.replace("q", "a"), milliseconds=1_200, tokens=5)

    async def bad(question: str) -> Answer:
        return Answer(text="") if question == "q3" else Answer(failure="timeout")

    ours, theirs = await evaluate(QUESTIONS[:5], bad), await evaluate(QUESTIONS[:5], good)
    lines = list(told({"next": ours, "everyone": theirs}))

    assert worse(ours, theirs) == [f"q{number}" for number in range(5)]
    assert worse(theirs, ours) == []
    assert any("FAILED" in line and "passed 1.2 s" in line for line in lines)
    assert any("ERROR" in line for line in lines)
    assert lines[-2].startswith("next: 0 of 5 passed, 4 without an answer")
    assert lines[-1] == "everyone: 5 of 5 passed, 0 without an answer; P50 1.2 s, P95 1.2 s; 25 tokens"
    assert as_json({"next": ours})["next"][3]["problems"] == ["without 'a3'"]
