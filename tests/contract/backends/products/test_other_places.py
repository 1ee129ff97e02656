"""Answers, errors and citations in places where a server need not put them, but some do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag_on_dingtalk.backends.base import AnswerFile, Citations, Identifiers
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.replayed import replay
from rag_on_dingtalk.testing.scripted import data
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.dify import DifyDialect, DifyWorkflowDialect
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect, OpenAIDialect, RAGFlowDialect

DIFY, FLOW, OPENAI, FASTGPT, RAGFLOW = (
    DifyDialect(),
    DifyWorkflowDialect(),
    OpenAIDialect(),
    FastGPTDialect(),
    RAGFlowDialect(),
)
PICTURE = {"url": "/files/plan.png", "filename": "plan.png", "type": "image", "mime_type": "image/png"}


async def test_difys_answer_may_come_as_message_file() -> None:
    seen = await replay(
        DIFY,
        DIFY.event("message_file", id="m-1", answer="工牌上"),
        DIFY.event("message_file", id="m-1", answer="写着名字。"),
        DIFY.end(),
    )

    assert (seen.error, seen.text) == (None, "工牌上写着名字。")


async def test_an_event_of_a_name_not_known_yet_is_heard_by_its_answer() -> None:
    seen = await replay(DIFY, DIFY.event("message_piece", answer="补卡"), DIFY.end())

    assert (seen.error, seen.text) == (None, "补卡")


async def test_the_thoughts_of_difys_agent_are_not_appended() -> None:
    thought = DIFY.event("agent_thought", id="t", thought="补卡三次", answer="补卡三次")

    assert (
        await replay(DIFY, DIFY.event("agent_message", answer="补卡"), thought, DIFY.end())
    ).text == "补卡"


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"out": 42}, "42"),
        ({"out": 12.5}, "12.5"),
        ({"out": True}, "true"),
        ({"out": 0}, "0"),
        ({"out": ["甲", "乙"]}, "- 甲\n- 乙"),
        ({"out": ["甲"]}, "甲"),
        ({"out": {"answer": "十天。", "score": 0.9}}, "十天。"),
        ({"out": {"deep": {"deeper": ["十天。"]}}}, "十天。"),
        ({"天数": 10, "种类": "年假"}, "天数: 10\n\n种类: 年假"),
        ({"text": "十天。", "days": 10}, "十天。"),
        ({"note": "十天。", "total_tokens": 812}, "十天。"),
        ({"a": None, "b": "", "c": [], "d": {}, "e": "十天。"}, "十天。"),
        ({"rows": [{"城市": "上海", "标准": 500}]}, "城市: 上海\n\n标准: 500"),
    ],
)
async def test_a_workflows_outputs_may_be_of_any_kind(outputs: dict[str, Any], text: str) -> None:
    seen = await replay(FLOW, FLOW.end(outputs=outputs))

    assert (seen.error, seen.text) == (None, text)


@pytest.mark.parametrize(
    "outputs",
    [{"files": [PICTURE]}, {"out": PICTURE}, {"out": {"pictures": [{"one": PICTURE}]}}],
    ids=["list", "alone", "nested"],
)
async def test_an_answer_may_consist_of_files_only(outputs: dict[str, Any]) -> None:
    seen = await replay(FLOW, FLOW.end(outputs=outputs))

    assert (seen.error, seen.text) == (None, "")
    assert [part for part in seen.parts if isinstance(part, AnswerFile)] == [
        AnswerFile("http://kb.example.com/files/plan.png", name="plan.png", picture=True)
    ]


async def test_an_agent_may_answer_with_a_picture_only() -> None:
    seen = await replay(
        DIFY, DIFY.event("message_file", type="image", belongs_to="assistant", url="/files/a.png"), DIFY.end()
    )

    assert seen.error is None
    assert any(isinstance(part, AnswerFile) for part in seen.parts)


@pytest.mark.parametrize("outputs", [{}, {"out": None}, {"out": [], "text": " "}])
async def test_outputs_that_say_nothing_are_an_empty_answer(outputs: dict[str, Any]) -> None:
    assert (await replay(FLOW, FLOW.end(outputs=outputs))).kind is FailureKind.EMPTY


def choice(**members: Any) -> bytes:
    return data({"id": "chatcmpl-1", "choices": [{"index": 0, **members}]})


@pytest.mark.parametrize(
    "events",
    [
        [choice(message={"role": "assistant", "content": "十天。"}, finish_reason="stop")],
        [choice(message={"content": "十"}), choice(message={"content": "天。"}), DONE],
        [choice(message={"content": "十"}), choice(message={"content": "十天。"}), DONE],
        [choice(message={"content": "十天。"}), choice(message={"content": "十天。"}, finish_reason="stop")],
        [choice(text="十"), choice(text="天。", finish_reason="stop")],
        [
            choice(
                delta={"content": [{"type": "text", "text": "十"}, {"type": "output_text", "text": "天。"}]}
            ),
            DONE,
        ],
        [choice(delta={"content": None, "refusal": "十天。"}), choice(delta={}, finish_reason="stop")],
        [choice(delta={"content": [{"type": "refusal", "refusal": "十天。"}]}), DONE],
        [choice(delta={"content": "十天。"}), choice(message={"content": "十天。"}, finish_reason="stop")],
        [choice(delta={"content": "十天。"}), choice(delta={}, finishReason="STOP")],
        [
            data({"choices": []}),
            choice(delta={"content": "十天。"}),
            data({"choices": [], "usage": {}}),
            DONE,
        ],
    ],
    ids=[
        "message",
        "message pieces",
        "message so far",
        "message twice",
        "text",
        "parts",
        "refusal",
        "refusal part",
        "message at the end",
        "gemini",
        "azure",
    ],
)
async def test_a_text_is_found_where_servers_put_it(events: list[bytes]) -> None:
    seen = await replay(OPENAI, *events)

    assert (seen.error, seen.text) == (None, "十天。")


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "想"},
        {"reasoning": "想"},
        {"thinking": "想"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "想"}]}]},
        {"content": [{"type": "reasoning", "reasoning": {"content": "想"}}]},
    ],
)
async def test_reasoning_is_found_where_servers_put_it(delta: dict[str, Any]) -> None:
    seen = await replay(OPENAI, choice(delta=delta), OPENAI.text("十天。"), OPENAI.end())

    assert (seen.error, seen.text, seen.reasoning) == (None, "十天。", "想")


COMPLETION = {
    "id": "chatcmpl-9",
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "十天。"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("behind", [b"", b"\n\ndata: [DONE]\n\n", b"\n"])
async def test_a_document_in_place_of_a_stream_is_an_answer(indent: int | None, behind: bytes) -> None:
    document = json.dumps(COMPLETION, ensure_ascii=False, indent=indent).encode()

    seen = await replay(OPENAI, document[:70], document[70:] + behind, content_type="application/json")

    assert (seen.error, seen.text) == (None, "十天。")
    assert Identifiers(message_id="chatcmpl-9") in seen.parts


async def test_a_document_that_was_cut_says_so() -> None:
    cut = {**COMPLETION, "choices": [{"message": {"content": "十"}, "finish_reason": "length"}]}

    seen = await replay(OPENAI, json.dumps(cut).encode())

    assert (seen.kind, seen.text) == (FailureKind.CUT_SHORT, "十")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in DIALECTS
        if name not in {"openai", "fastgpt", "ragflow", "ark bots", "open webui", "http"}
    ],
)
async def test_json_in_place_of_a_stream_is_asked_for_once_and_not_repeated(name: str) -> None:
    document = json.dumps({"answer": "秘密的十天。", "question": "怎么补卡？"}, ensure_ascii=False)

    seen = await replay(DIALECTS[name](), document.encode(), content_type="application/json")

    assert seen.kind is FailureKind.UPSTREAM
    assert seen.error is not None
    assert seen.error.begun
    assert "JSON instead of a stream" in str(seen.error)
    assert "秘密" not in str(seen.error)
    assert "补卡" not in str(seen.error)


async def test_fastgpts_sources_are_found_in_tools_plugins_and_sub_flows() -> None:
    def quoted(name: str) -> dict[str, Any]:
        return {"quoteList": [{"q": "十天", "sourceName": name}]}

    responses = [
        {"moduleType": "chatNode", "toolDetail": [quoted("考勤.md"), {"pluginDetail": [quoted("休假.md")]}]},
        {"loopDetail": [{"childrenResponses": [quoted("差旅.md")]}]},
    ]
    seen = await replay(FASTGPT, FASTGPT.text("十天。"), DONE, b"event: flowResponses\n" + data(responses))

    assert [one.title for one in seen.citations] == ["考勤.md", "休假.md", "差旅.md"]


CRASH = "Error code: 500 - upstream at http://10.9.8.7:9380 said sk-abcdefgh12345678"


@pytest.mark.parametrize(
    "pieces",
    [
        ["**ERROR**: " + CRASH],
        ["\n**ERROR**: " + CRASH],
        ["**ERR", "OR**", ": " + CRASH],
        ["<think>想</think>", "\n\n**ERROR**: " + CRASH],
        [*"\n**ERROR**: x", CRASH],
    ],
)
async def test_ragflows_error_is_not_shown_wherever_it_stands(pieces: list[str]) -> None:
    seen = await replay(RAGFLOW, *map(RAGFLOW.text, pieces), RAGFLOW.end())

    assert seen.text == ""
    assert seen.error is not None
    assert "**" not in "".join(getattr(part, "delta", "") for part in seen.parts)


async def test_ragflows_error_after_text_interrupts_it() -> None:
    seen = await replay(
        RAGFLOW, *map(RAGFLOW.text, ["十天", "。\n", "**ERROR", "**: " + CRASH]), RAGFLOW.end()
    )

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, "十天。")


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"error": {"message": "429 slow down", "type": "x"}}, FailureKind.BUSY),
        ({"error": "余额不足"}, FailureKind.QUOTA),
        ({"code": 500, "message": "boom at http://10.9.8.7"}, FailureKind.UPSTREAM),
        ({"detail": "Internal Server Error"}, FailureKind.UPSTREAM),
        ({"object": "error", "message": "boom"}, FailureKind.UPSTREAM),
    ],
)
async def test_an_error_document_as_text_is_not_shown(
    name: str, document: dict[str, Any], kind: FailureKind
) -> None:
    dialect = DIALECTS[name]()
    text = json.dumps(document, ensure_ascii=False)

    seen = await replay(dialect, *map(dialect.text, [text[:4], text[4:9], text[9:]]), dialect.end())

    assert (seen.kind, seen.text) == (kind, "")


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Anna"}',
        '{"error": 0}',
        '{"code": 0, "message": "ok"}',
        "{ 花括号",
        '{"code": 200}',
        "{",
        '{"detail',
    ],
)
@pytest.mark.parametrize("name", ["openai", "dify"])
async def test_json_that_is_no_error_is_an_answer(name: str, text: str) -> None:
    dialect = DIALECTS[name]()

    seen = await replay(dialect, *map(dialect.text, text), dialect.end())

    assert (seen.error, seen.text) == (None, text)


COPIES = [
    "十天 [ID:0]，凭证 [ID:1]。",
    "十天，凭证。",
    "十天##0$$，凭证##1$$。",
    "十天 (ID: 0)，凭证【ID:1】。",
    "\n十天，凭证。 [ID:0][ID:1]",
]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("thought", ["", "<think>想</think>"])
async def test_ragflows_second_copy_is_not_said_again(copy: str, thought: str) -> None:
    words = ["十", "天，", "凭证。"]

    seen = await replay(RAGFLOW, RAGFLOW.text(thought), *map(RAGFLOW.text, [*words, copy]), RAGFLOW.end())

    assert (seen.error, seen.text) == (None, "十天，凭证。")
    assert [one.title for one in seen.citations] == ["员工手册.md"]


async def test_words_that_are_said_twice_in_the_midst_of_an_answer_stay() -> None:
    seen = await replay(RAGFLOW, *map(RAGFLOW.text, ["好", "好", "学习。"]), RAGFLOW.end())

    assert seen.text == "好好学习。"


async def test_bailians_last_event_may_repeat_all_with_its_marks() -> None:
    bailian = DIALECTS["bailian"]()
    pieces = [*map(bailian.text, ["十天", "，凭", "证。"])]
    last = bailian.end().replace(b'"text": ""', '"text": "十天<ref>[1]</ref>，凭证。"'.encode(), 1)

    seen = await replay(bailian, *pieces, last)

    assert (seen.error, seen.text) == (None, "十天，凭证。")
    assert any(isinstance(part, Citations) for part in seen.parts)


RAGFLOW_MARKS = [
    "[ID:0]", "[ID: 0]", "[ID：0]", "[ID 0]", "[id:0]", "[ ID : 0 ]", "(ID:0)", "(ID: 0)", "( ID 0 )",
    "（ID：0）", "【ID:0】", "【ID：0】", "【 ID 0 】", "［ID:0］", "[ID:0, ID:1]", "[ID:0,1]",
    "[ID: 0, 1, 2]", "[ID:0；ID:1]", "[ID:10][ID:11]", "##0$$", "##12$$", "[Ref 3]", "(ref:1)",
]  # fmt: skip


@pytest.mark.parametrize("written", RAGFLOW_MARKS)
async def test_ragflows_marks_go_in_all_their_forms_wherever_they_are_cut(written: str) -> None:
    text = f"十天 {written}，凭证{written}。"

    for size in (1, 3, len(text)):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        seen = await replay(RAGFLOW, *map(RAGFLOW.text, pieces), RAGFLOW.end())
        assert (seen.error, seen.text.replace(" ", "")) == (None, "十天，凭证。")


@pytest.mark.parametrize(
    "text", ["[ID] 一栏", "(IDEA) 是软件", "[IDs]", "##标题", "[1]", "(id card)", "见 [附件](x)"]
)
async def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert (await replay(RAGFLOW, *map(RAGFLOW.text, text), RAGFLOW.end())).text == text


@pytest.mark.parametrize("written", ["[67e517e7472cd1b2a3f4e5d6](CITE)", "[67e517e7472cd1b2a3f4e5d6](QUOTE)"])
async def test_fastgpts_marks_go(written: str) -> None:
    seen = await replay(FASTGPT, *map(FASTGPT.text, f"十天{written}。"), FASTGPT.end())

    assert (seen.error, seen.text) == (None, "十天。")
