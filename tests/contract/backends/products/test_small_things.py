"""Small deviations of servers that each cost an answer once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec
import pytest

from rag_on_dingtalk.backends.base import Identifiers, NothingFound, Text
from rag_on_dingtalk.backends.conversation_ids import TiedBackend, mark_of, tied
from rag_on_dingtalk.backends.registry import open_backend
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Dify
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.replayed import URL, replay, replays
from rag_on_dingtalk.testing.scripted import stream
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.dify import DifyDialect
from tests.contract.backends.dialects.openai import OpenAIDialect

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.testing.scripted import ScriptedServer

OPENAI, DIFY, ANYTHINGLLM = OpenAIDialect(), DifyDialect(), AnythingLLMDialect()
GOOD = (OPENAI.text("十天"), OPENAI.end())

REFUSED_OPTIONS = [
    (400, {"error": {"message": "Unrecognized request argument supplied: stream_options"}}),
    (
        422,
        {
            "detail": [
                {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "no", "input": {}}
            ]
        },
    ),
    (400, {"message": "unknown field `stream_options`"}),
]


@pytest.mark.parametrize(("status", "refusal"), REFUSED_OPTIONS)
async def test_a_server_that_refuses_stream_options_is_asked_without_them(status: int, refusal: Any) -> None:
    seen, sent = await replays(OPENAI, [(status, (json.dumps(refusal).encode(),)), (200, GOOD)])

    assert (seen.error, seen.text) == (None, "十天")
    assert ["stream_options" in json.loads(one) for one in sent] == [True, False]


async def test_what_a_server_refused_once_it_is_not_sent_again() -> None:
    answers = [
        httpx.Response(400, json=REFUSED_OPTIONS[0][1]),
        *(httpx.Response(200, content=b"".join(GOOD)),) * 2,
    ]
    sent: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(b"stream_options" in request.content)
        return answers.pop(0)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        backend = OPENAI.build(URL, http)
        await outcome(backend)
        assert (await outcome(backend)).text == "十天"

    assert sent == [True, False, False]


async def test_another_field_that_a_server_does_not_know_is_a_matter_of_settings() -> None:
    problem = {
        "type": "extra_forbidden",
        "loc": ["body", "top_k"],
        "msg": "Extra inputs",
        "input": "怎么补卡？",
    }

    seen = await replay(OPENAI, json.dumps({"detail": [problem]}, ensure_ascii=False).encode(), status=422)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "top_k" in str(seen.error)
    assert "backend.extra" in str(seen.error)
    assert "补卡" not in str(seen.error)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (404, {"code": "not_found", "message": "Conversation Not Exists."}),
        (400, {"code": "invalid_param", "message": "xyz is not a valid uuid.", "params": "conversation_id"}),
        (
            400,
            {
                "code": "invalid_param",
                "message": "1 validation error\nconversation_id\n  Value error, no UUID",
            },
        ),
    ],
)
async def test_a_conversation_id_that_dify_does_not_take_is_left_out_once(status: int, refusal: Any) -> None:
    ask = msgspec.structs.replace(ASK, conversation_id="of-another")

    seen, sent = await replays(
        DIFY, [(status, (json.dumps(refusal).encode(),)), (200, (DIFY.text("十天"), DIFY.end()))], ask=ask
    )

    assert (seen.error, seen.text) == (None, "十天")
    assert [json.loads(one)["conversation_id"] for one in sent] == ["of-another", ""]


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "anythingllm"])
async def test_an_error_behind_the_last_word_leaves_the_answer_whole(name: str) -> None:
    dialect = DIALECTS[name]()

    seen = await replay(dialect, dialect.text("十天"), dialect.end(), b"event: error\ndata: too late\n\n")

    assert (seen.error, seen.text) == (None, "十天")
    assert [anomaly.what for anomaly in seen.anomalies] == ["error_after_the_end"]


async def test_the_stock_refusal_never_shows_in_english_first() -> None:
    stock = "There is no relevant information in this workspace to answer your query."
    event = {
        "id": "1",
        "type": "textResponse",
        "textResponse": stock,
        "sources": [],
        "close": True,
        "error": None,
    }
    seen = await replay(ANYTHINGLLM, f"data: {json.dumps(event)}\n\n".encode())
    draft = Draft()

    shown = []
    for part in seen.parts:
        draft.add(part)
        shown.append(draft.shown("hidden", label="思考"))

    assert NothingFound(stock=True) in seen.parts
    assert not any(shown)


@pytest.mark.parametrize("status", ["stopped", "failed"])
async def test_a_chatflow_that_ended_otherwise_is_not_whole(status: str) -> None:
    ended = DIFY.event("workflow_finished", data={"status": status})

    seen = await replay(DIFY, DIFY.text("十天"), ended, DIFY.end(), app="chatflow")

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, "十天")


def settings(server: str = URL, key: str = "env:A") -> Dify:
    return Dify(base_url=f"{server}/v1", api_key=key, suggestions=False)


@pytest.mark.parametrize("other", [settings("http://other.example"), settings(key="env:B")])
async def test_a_conversation_of_another_backend_is_not_continued(
    other: Dify, server: ScriptedServer
) -> None:
    first = await replay(DIFY, DIFY.text("十天"), DIFY.end())
    assert first.identifiers.conversation_id == "c-1"
    here = settings(server.url)
    asked = msgspec.structs.replace(ASK, conversation_id=f"{mark_of(other)}~c-1")
    server.will(stream([DIFY.text("十天"), DIFY.end()]))

    async with open_backend(here, Secret("app-1")) as opened:
        backend = tied(opened, here)
        seen = await outcome(backend, asked)
        server.will(stream([DIFY.text("十天"), DIFY.end()]))
        again = msgspec.structs.replace(ASK, conversation_id=seen.identifiers.conversation_id)
        await outcome(backend, again)

    assert [one.body["conversation_id"] for one in server.received] == ["", "c-1"]


async def test_an_id_from_before_ids_were_marked_is_passed_on() -> None:
    class Asked:
        conversation_id = ""

        async def ask(self, ask: Any) -> Any:
            self.conversation_id = ask.conversation_id
            yield Identifiers(conversation_id="c-2")
            yield Text("十天")

    inner = Asked()
    asked = TiedBackend(cast("Backend", inner), "0123abcd")
    seen = await outcome(asked, msgspec.structs.replace(ASK, conversation_id="c-old"))

    assert inner.conversation_id == "c-old"
    assert seen.identifiers.conversation_id == "0123abcd~c-2"


@pytest.mark.parametrize(
    ("models", "model", "well"),
    [
        ([{"id": "qwen-plus"}], "qwen-plus", True),
        ([{"name": "手册", "model": "handbook"}], "handbook", True),
        ([{"name": "handbook"}], "handbook", True),
        ([{"object": "model"}], "handbook", True),
        ([{"name": "手册", "model": "handbook"}], "other", False),
    ],
)
async def test_a_list_of_models_may_name_them_otherwise(models: Any, model: str, well: bool) -> None:  # noqa: FBT001 - a column
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"object": "list", "data": models})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        findings = await OPENAI.build(URL, http, model=model).probe()

    assert all(finding.well for finding in findings) is well
    assert "None" not in "".join(finding.detail for finding in findings)
