"""OpenAI-compatible servers: their chunks in documented shape, and what FastGPT and RAGFlow make of them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import NothingFound, Reasoning, Suggestions, Upload, Usage
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation, Exchange
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import body, data, stream
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect, OpenAIDialect, RAGFlowDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.outcome import Outcome
    from rag_on_dingtalk.testing.scripted import ScriptedServer

SAYS = OpenAIDialect()
FASTGPT = FastGPTDialect()
RAGFLOW = RAGFlowDialect()

PICTURE = Upload("图.png", "image/png", b"\x89PNG")


async def hear(
    server: ScriptedServer,
    http: httpx.AsyncClient,
    *events: bytes,
    says: OpenAIDialect = SAYS,
    **settings: Any,
) -> Outcome:
    server.will(stream(events))
    return await outcome(says.build(server.url, http, **settings))


async def asked(server: ScriptedServer, http: httpx.AsyncClient, **settings: Any) -> dict[str, Any]:
    """The request that these settings make of a question in the midst of a session."""
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    history = tuple(Exchange(f"问{n}", f"答{n}") for n in range(3))
    ask = msgspec.structs.replace(ASK, history=history, user_name="小明")
    await outcome(SAYS.build(server.url, http, **settings), ask)
    return server.received[-1].body


async def test_the_question_is_sent_with_its_session_and_nothing_unasked_for(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    assert await asked(server, http, history=1, system_prompt="你在帮{user_name}。") == {
        "model": "qwen-plus",
        "messages": [
            {"role": "system", "content": "你在帮小明。"},
            {"role": "user", "content": "问2"},
            {"role": "assistant", "content": "答2"},
            {"role": "user", "content": "怎么补卡？"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_the_session_is_cut_to_a_number_of_tokens(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    sent = await asked(server, http, history_tokens=9)

    assert [message["content"] for message in sent["messages"]] == ["问1", "答1", "问2", "答2", "怎么补卡？"]


async def test_extra_fields_are_sent_and_null_takes_one_away(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    sent = await asked(
        server, http, temperature=0.2, extra={"enable_thinking": False, "stream_options": None}, history=0
    )

    assert sent.keys() == {"model", "messages", "stream", "temperature", "enable_thinking"}
    assert (sent["temperature"], sent["enable_thinking"]) == (0.2, False)


async def test_fastgpt_keeps_the_session_and_is_asked_for_details(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    sent = await asked(server, http, flavour="fastgpt")

    assert (sent["chatId"], sent["detail"], len(sent["messages"])) == (ASK.session_key, True, 1)


async def test_ragflow_is_asked_for_its_sources(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert (await asked(server, http, flavour="ragflow"))["extra_body"] == {"reference": True}


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/api", "/api/v1/chat/completions"),
        ("/api/paas/v4", "/api/paas/v4/chat/completions"),
        ("/compatible-mode/v1", "/compatible-mode/v1/chat/completions"),
        ("/api/v1/openai/9c0a", "/api/v1/openai/9c0a/chat/completions"),
    ],
)
async def test_the_base_url_may_be_written_in_several_ways(
    base_url: str, path: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, SAYS.text("好"), SAYS.end(), base_url=server.url + base_url)

    assert server.received[0].path == path


async def test_a_picture_travels_within_the_question(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=(PICTURE,)))

    url = "data:image/png;base64," + base64.b64encode(PICTURE.data).decode()
    assert server.received[0].body["messages"][-1]["content"] == [
        {"type": "text", "text": "怎么补卡？"},
        {"type": "image_url", "image_url": {"url": url}},
    ]


@pytest.mark.parametrize(
    ("flavour", "upload"),
    [("plain", Upload("假.pdf", "application/pdf", b"%PDF")), ("fastgpt", PICTURE), ("ragflow", PICTURE)],
)
async def test_a_file_that_would_not_be_read_is_refused_without_asking(
    flavour: str, upload: Upload, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = SAYS.build(server.url, http, flavour=flavour)

    seen = await outcome(backend, msgspec.structs.replace(ASK, uploads=(upload,)))

    assert seen.kind is FailureKind.FILE_REFUSED
    assert server.received == []


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_told_apart_from_the_answer(
    field: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    thoughts = [
        data(SAYS.chunk(**{field: "想", "content": None})),
        data(SAYS.chunk(**{field: "想"}, content="")),
    ]

    seen = await hear(
        server, http, data(SAYS.chunk(role="assistant")), *thoughts, SAYS.text("补卡"), SAYS.end()
    )

    assert (seen.error, seen.text) == (None, "补卡")
    assert [part for part in seen.parts if isinstance(part, Reasoning)] == [Reasoning("想"), Reasoning("想")]


async def test_the_usage_is_told(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert Usage(900, 40) in (await hear(server, http, SAYS.text("好"), SAYS.end())).parts


@pytest.mark.parametrize(
    "end",
    [DONE, data(SAYS.chunk("stop")), data(SAYS.chunk("tool_calls"))],
    ids=["done only", "stop only", "tool calls"],
)
async def test_either_sign_of_the_end_will_do(
    end: bytes, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    assert (await hear(server, http, SAYS.text("补卡"), end)).error is None


async def test_chunks_with_holes_are_read_past(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    bare = {"id": "chatcmpl-1", "object": "chat.completion.chunk"}
    holes = [
        data(bare),
        data({**bare, "choices": None}),
        data({**bare, "choices": [None]}),
        data({**bare, "choices": [{"delta": None, "finish_reason": ""}]}),
        data({**bare, "choices": [{"delta": {"content": None}}], "usage": None}),
    ]

    seen = await hear(server, http, *holes, SAYS.text("补卡"), SAYS.end(), SAYS.text("。"))

    assert (seen.error, seen.text) == (None, "补卡。")


async def test_a_held_back_answer_is_blocked(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    end = data(SAYS.chunk("content_filter"))

    assert (await hear(server, http, end, DONE)).kind is FailureKind.BLOCKED
    assert (await hear(server, http, SAYS.text("补"), end, DONE)).kind is FailureKind.BLOCKED


async def test_the_refusal_of_anythingllms_facade_is_nothing_found(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, data(SAYS.chunk("no_content", content="没有相关内容。")))

    assert (seen.error, seen.text, seen.nothing_found) == (None, "没有相关内容。", True)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (
            401,
            {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}},
            FailureKind.CONFIG_AUTH,
        ),
        (401, {"error": {"message": "无效的令牌", "type": "one_api_error"}}, FailureKind.CONFIG_AUTH),
        (
            403,
            {"error": {"message": "额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}},
            FailureKind.QUOTA,
        ),
        (404, {"error": {"message": "no such model", "code": "model_not_found"}}, FailureKind.CONFIG_TARGET),
        (
            400,
            {"object": "error", "message": "The model x does not exist", "code": 404},
            FailureKind.CONFIG_TARGET,
        ),
        (400, {"object": "error", "message": "maximum context length", "code": 400}, FailureKind.BAD_INPUT),
        (400, {"code": "Arrearage", "message": "Access denied"}, FailureKind.QUOTA),
        (400, {"error": {"code": "data_inspection_failed", "message": "…"}}, FailureKind.BLOCKED),
        (429, {"error": {"code": "insufficient_quota", "message": "…"}}, FailureKind.QUOTA),
        (429, {"error": {"code": "Throttling.RateQuota", "message": "…"}}, FailureKind.BUSY),
        (429, {"error": "slow down"}, FailureKind.BUSY),
        (422, {"detail": "field required"}, FailureKind.BAD_INPUT),
        (503, {"error": {"message": "当前分组无可用渠道", "type": "one_api_error"}}, FailureKind.BUSY),
        (200, {"code": 102, "message": "You don't own the chat."}, FailureKind.CONFIG_TARGET),
        (200, {"code": 109, "message": "API key is invalid!"}, FailureKind.CONFIG_AUTH),
        (500, {"code": 403, "statusText": "unAuthorization", "message": "凭证错误"}, FailureKind.CONFIG_AUTH),
    ],
)
async def test_every_shape_of_an_error_is_understood(
    status: int, document: dict[str, Any], kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, data(document).decode()[6:]))

    seen = await outcome(SAYS.build(server.url, http))

    error = document.get("error", document)
    words = error if isinstance(error, str) else error.get("message") or error["detail"]
    assert seen.kind is kind
    assert words.rstrip(".") in str(seen.error)


async def test_fastgpts_sources_come_after_the_last_word(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    quotes = [{"q": "年假", "a": "五天", "sourceName": "假期.md"}, {"q": "x", "sourceName": ""}, None]
    nodes = b"event: flowResponses\n" + data([{"quoteList": quotes}, {"quoteList": None}, "odd"])

    seen = await hear(server, http, FASTGPT.text("补卡"), data(SAYS.chunk("stop")), DONE, nodes, says=FASTGPT)

    assert (seen.error, seen.citations) == (None, (Citation("假期.md", excerpt="年假 五天"),))
    assert not any(isinstance(part, Usage) for part in seen.parts)


async def test_fastgpt_may_answer_in_parts(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    parts = [
        {"type": "text", "text": {"content": "补卡"}},
        {"type": "text", "text": "三次"},
        {"type": "interactive"},
    ]

    seen = await hear(server, http, data(FASTGPT.chunk(content=parts)), FASTGPT.end(), says=FASTGPT)

    assert seen.text == "补卡三次"


async def test_fastgpts_choice_is_offered(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    options = [{"key": "a", "value": "请假"}, {"key": "b", "value": "补卡"}]
    params = {"description": "您要办什么？", "userSelectOptions": options}
    event = {"interactive": {"type": "userSelect", "params": params}}

    seen = await hear(server, http, b"event: interactive\n" + data(event), DONE, says=FASTGPT)

    assert (seen.error, seen.text) == (None, "您要办什么？\n\n- 请假\n- 补卡")
    assert Suggestions(("请假", "补卡")) in seen.parts


async def test_fastgpts_form_cannot_be_shown(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    event = b"event: interactive\n" + data(
        {"interactive": {"type": "userInput", "params": {"inputForm": []}}}
    )

    seen = await hear(server, http, event, says=FASTGPT)

    assert seen.kind is FailureKind.FORM
    assert "a form" in str(seen.error)


async def test_ragflows_marks_and_repetitions_are_not_shown(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    pieces = ["补卡", "三次 [I", "D:0]", "。##1", "$$"]
    repeated = data(RAGFLOW.chunk("stop", content="".join(pieces)))

    seen = await hear(server, http, *map(RAGFLOW.text, pieces), repeated, RAGFLOW.end(), says=RAGFLOW)

    assert (seen.error, seen.text) == (None, "补卡三次。")


@pytest.mark.parametrize("form", ["list", "numbered", "chunks in a list", "chunks numbered"])
async def test_ragflows_sources_come_in_several_forms(
    form: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    chunks = [
        {"document_name": "员工手册.md", "content": "补卡", "url": "https://kb.example.com/1"},
        {"document_name": "员工手册.md", "content": "另一段"},
        {"document_name": None, "content": "无名"},
    ]
    numbered = {str(number): chunk for number, chunk in enumerate(chunks)}
    forms: dict[str, object] = {
        "list": chunks,
        "numbered": numbered,
        "chunks in a list": {"chunks": chunks, "doc_aggs": []},
        "chunks numbered": {"chunks": numbered, "doc_aggs": {}},
    }
    end = data(RAGFLOW.chunk("stop", reference=forms[form], final_content="补卡"))

    seen = await hear(server, http, RAGFLOW.text("补卡"), end, DONE, says=RAGFLOW)

    assert seen.text == "补卡"
    assert seen.citations == (Citation("员工手册.md", url="https://kb.example.com/1", excerpt="补卡"),)


async def test_what_the_prompt_prescribes_is_known_as_no_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    pieces = [SAYS.text("\n知识库中"), SAYS.text("未找到，请咨询人事。"), SAYS.end()]

    seen = await hear(server, http, *pieces, no_answer=("知识库中未找到", "查无"))
    other = await hear(server, http, *pieces, no_answer=("未找到",))

    assert NothingFound() in seen.parts
    assert seen.text == "\n知识库中未找到，请咨询人事。"
    assert not other.nothing_found


@pytest.mark.parametrize(
    ("flavour", "base", "path"),
    [
        ("ark-bots", "/api/v3", "/api/v3/bots/chat/completions"),
        ("ark-bots", "/api/v3/bots/", "/api/v3/bots/chat/completions"),
        ("ark-bots", "", "/api/v3/bots/chat/completions"),
        ("open-webui", "", "/api/chat/completions"),
        ("open-webui", "/api/", "/api/chat/completions"),
        ("open-webui", "/kb/api/chat/completions", "/kb/api/chat/completions"),
    ],
)
async def test_a_flavour_has_paths_of_its_own(
    flavour: str, base: str, path: str, tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    place: dict[str, Any] = {"flavour": flavour, "base_url": server.url + base}
    files = {"files": [{"type": "collection", "id": "kb"}]}

    await outcome(SAYS.build(server.url, tls_free_http, **place, extra=files))

    assert server.received[0].path == path
    assert server.received[0].body["files"] == files["files"]
