"""AnythingLLM: its streams in recorded shape, version by version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Ask, NothingFound, Replacement, Upload, Usage
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.testing.outcome import outcome
from rag_on_dingtalk.testing.scripted import body, data, stream
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.testing.outcome import Outcome
    from rag_on_dingtalk.testing.scripted import ScriptedServer

SAYS = AnythingLLMDialect()
REFUSAL = "There is no relevant information in this workspace to answer your query."


def backend(server: ScriptedServer, http: httpx.AsyncClient, **settings: Any) -> Backend:
    return SAYS.build(server.url, http, **settings)


async def hear(
    server: ScriptedServer, http: httpx.AsyncClient, *events: dict[str, Any], **settings: Any
) -> Outcome:
    server.will(stream(map(data, events)))
    return await outcome(backend(server, http, **settings))


def whole(text: str, **more: object) -> dict[str, Any]:
    return {
        "id": "9d01",
        "type": "textResponse",
        "textResponse": text,
        "sources": [],
        "close": True,
        "error": None,
        **more,
    }


async def test_the_question_is_sent_with_its_mode_and_session(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, SAYS.chunk("好"), SAYS.finalize(), mode="automatic")

    assert server.received[0].path == "/api/v1/workspace/handbook/stream-chat"
    assert server.received[0].body == {
        "message": "怎么补卡？",
        "mode": "automatic",
        "sessionId": "dt:corp:chat:anna",
    }


@pytest.mark.parametrize("prefix", ["", "/kb", "/kb/apis"])
@pytest.mark.parametrize("tail", ["", "/", "/api", "/api/", "/api/v1", "/api/v1/"])
async def test_the_base_url_keeps_its_prefix_and_may_name_the_api(
    prefix: str, tail: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, SAYS.finalize(), base_url=server.url + prefix + tail)

    assert server.received[0].path == f"{prefix}/api/v1/workspace/handbook/stream-chat"


async def test_a_slug_cannot_leave_its_place_in_the_path(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, SAYS.finalize(), workspace="手册/a?b#c")

    path = server.received[0].path
    assert path == "/api/v1/workspace/%E6%89%8B%E5%86%8C%2Fa%3Fb%23c/stream-chat"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@agent 打开网页", "＠agent 打开网页"),
        ("  /reset", "／reset"),
        ("/summary 手册", "／summary 手册"),
        ("邮箱 a@b 和 /etc", "邮箱 a@b 和 /etc"),
        ("", ""),
    ],
)
async def test_a_command_typed_by_a_person_is_only_text(
    typed: str, sent: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.end()]))

    await outcome(backend(server, http), Ask(text=typed, session_key="s"))

    assert server.received[0].body["message"] == sent


async def test_a_chunk_that_says_close_is_not_the_end(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    chunks = SAYS.chunk("补卡"), SAYS.chunk("", close=True)

    assert (await hear(server, http, *chunks)).kind is FailureKind.INTERRUPTED
    assert (await hear(server, http, *chunks, SAYS.finalize())).kind is None


async def test_sources_of_the_last_chunk_survive_a_final_event_without_any(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    last = {**SAYS.chunk("", close=True), "sources": [SAYS.source("老版本.md", "1.8 在这里给出来源")]}

    seen = await hear(server, http, SAYS.chunk("补卡"), last, SAYS.finalize(sources=[]))

    assert [citation.title for citation in seen.citations] == ["老版本.md"]


async def test_the_final_event_names_the_stored_turn(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    seen = await hear(server, http, SAYS.chunk("补卡"), SAYS.finalize(chatId=4711))

    assert seen.identifiers.message_id == "4711"


async def test_an_agent_that_repeats_itself_is_heard_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server,
        http,
        {"id": "9d01", "type": "agentThought", "thought": "looking", "error": None},
        SAYS.chunk("补卡"),
        SAYS.chunk("每月三次。"),
        whole("补卡每月三次。"),
        SAYS.finalize(textResponse="补卡每月三次。", thoughts=["looking"], chatId=None),
        mode="automatic",
    )

    assert (seen.error, seen.text) == (None, "补卡每月三次。")
    assert not any(isinstance(part, Replacement) for part in seen.parts)


async def test_a_whole_text_after_chunks_replaces_them(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, SAYS.chunk("补卡四次"), whole("补卡每月三次。"), SAYS.finalize())

    assert seen.text == "补卡每月三次。"
    assert Replacement("补卡每月三次。") in seen.parts


async def test_an_agent_of_1_8_says_all_at_once(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    answer = "补卡每月三次。"

    seen = await hear(server, http, whole(answer), SAYS.finalize(textResponse=answer), mode="automatic")

    assert (seen.error, seen.text, seen.nothing_found) == (None, answer, False)


@pytest.mark.parametrize(("text", "stock"), [(REFUSAL, True), ("手册里没有写。", False)])
async def test_the_refusal_of_a_query_is_its_text_and_nothing_found(
    text: str, *, stock: bool, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, whole(text, metrics={}))

    assert (seen.error, seen.text, seen.nothing_found) == (None, text, True)
    assert NothingFound(stock=stock) in seen.parts
    assert seen.citations == ()


@pytest.mark.parametrize(
    "more",
    [{"chatId": 7}, {"metrics": {"total_tokens": 3}}, {"sources": [SAYS.source("员工手册.md", "补卡")]}],
    ids=["stored", "measured", "grounded"],
)
async def test_an_answer_in_one_piece_is_no_refusal(
    more: dict[str, Any], http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    assert not (await hear(server, http, whole("补卡每月三次。", **more))).nothing_found


async def test_only_query_mode_refuses(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert not (await hear(server, http, whole(REFUSAL), mode="chat")).nothing_found


async def test_an_abort_wins_over_the_final_event_that_follows_it(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    abort = {"id": "9d01", "type": "abort", "textResponse": None, "close": True, "error": "Premature close"}

    seen = await hear(server, http, SAYS.chunk("补卡"), abort, SAYS.finalize())

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, "补卡")
    assert "Premature close" in str(seen.error)


async def test_an_abort_wins_over_the_final_event_before_it(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    abort = {"id": "9d01", "type": "abort", "textResponse": None, "close": True, "error": None}

    seen = await hear(server, http, SAYS.chunk("补卡"), SAYS.finalize(), abort)

    assert seen.kind is FailureKind.INTERRUPTED


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Workspace nope is not a valid workspace.", FailureKind.CONFIG_TARGET),
        ("automatic is not a valid mode.", FailureKind.CONFIG_TARGET),
        ("Message is empty", FailureKind.BAD_INPUT),
        ("No text completion could be completed with this input.", FailureKind.EMPTY),
        ("Cannot read properties of null (reading 'id')", FailureKind.UPSTREAM),
    ],
)
async def test_its_own_words_tell_what_is_wrong(
    status: int, words: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.failure(words)]) if status == 200 else body(status, SAYS.refusal(words)))

    seen = await outcome(backend(server, http))

    assert seen.kind is kind
    assert words.rstrip(".") in str(seen.error)


async def test_an_unknown_key_names_the_setting(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    server.will(body(403, '{"error":"No valid api key found."}'))

    seen = await outcome(backend(server, http))

    assert seen.kind is FailureKind.CONFIG_AUTH
    assert str(seen.error) == (
        "AnythingLLM answered 403: No valid api key found. Check the key that backend.api_key refers to."
    )


async def test_an_empty_model_answer_is_empty(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    final = {"uuid": "9d01", "type": "finalizeResponseStream", "close": True, "error": False}

    assert (await hear(server, http, SAYS.chunk("", close=True), final)).kind is FailureKind.EMPTY


async def test_a_document_is_cited_once_with_its_best_chunk(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    link = "link://https://wiki.example.com/leave"
    sources = [
        SAYS.source("员工手册.md", "补卡  每月\n三次。"),
        SAYS.source("员工手册.md", "另一段。"),
        SAYS.source("leave", "年假" * 200, link),
        SAYS.source("script", "x", "link://javascript:alert(1)"),
        SAYS.source("upload", "x", "localfile:///etc/passwd"),
        SAYS.source("", "untitled"),
        {"title": None, "text": None, "chunkSource": None},
        {"title": "bare"},
        "no object",
    ]

    seen = await hear(server, http, SAYS.chunk("好"), SAYS.finalize(sources=sources))

    assert seen.citations == (
        Citation("员工手册.md", excerpt="补卡 每月 三次。"),
        Citation("leave", url="https://wiki.example.com/leave", excerpt="年假" * 100 + "…"),
        Citation("script", excerpt="x"),
        Citation("upload", excerpt="x"),
        Citation("bare"),
    )


async def test_pictures_and_documents_are_attached(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    server.will(stream([SAYS.end()]))
    uploads = Upload("图.png", "image/png", b"\x89PNG"), Upload("假.pdf", "application/pdf", b"%PDF")

    await outcome(backend(server, http), Ask(text="好", session_key="s", uploads=uploads))

    assert server.received[0].body["attachments"] == [
        {"name": "图.png", "mime": "image/png", "contentString": "data:image/png;base64,iVBORw=="},
        {
            "name": "假.pdf",
            "mime": "application/anythingllm-document",
            "contentString": "data:application/pdf;base64,JVBERg==",
        },
    ]


async def test_the_usage_is_told(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert Usage(900, 40) in (await hear(server, http, SAYS.chunk("好"), SAYS.finalize())).parts


@pytest.mark.parametrize("metrics", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": "many"}])
async def test_an_answer_may_be_unmeasured(
    metrics: Any, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, SAYS.chunk("好"), SAYS.finalize(metrics=metrics))

    assert seen.error is None
    assert not any(isinstance(part, Usage) for part in seen.parts)


async def test_thoughts_at_the_start_are_no_answer(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    seen = await hear(
        server,
        http,
        *map(SAYS.chunk, ["<think>用户问", "补卡", "</think>", "\n补卡每月三次。"]),
        whole("<think>用户问补卡</think>\n补卡每月三次。"),
        SAYS.finalize(),
    )

    assert (seen.error, seen.text) == (None, "补卡每月三次。")
    assert seen.reasoning == "用户问补卡"


async def test_thoughts_without_an_answer_leave_it_blank(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(server, http, SAYS.chunk("<think>想"), SAYS.finalize())

    assert (seen.text, seen.reasoning) == ("", "想")


async def test_there_is_nobody_to_tell_of_a_stop_or_a_rating(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    asked = backend(server, http)

    await asked.stop(Ask(text="好", session_key="s"), "t-1")
    await asked.rate("82", liked=True, reason="", user="dt-anna")

    assert server.received == []
