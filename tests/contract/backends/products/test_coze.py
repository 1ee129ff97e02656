"""Coze: what its events, its codes and its calls beside the question mean."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from Crypto.PublicKey import RSA

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, Naps
from rag_on_dingtalk.backends.base import NothingFound, Suggestions, Upload, Usage
from rag_on_dingtalk.backends.coze.backend import CozeBackend
from rag_on_dingtalk.backends.coze.failures import CODES
from rag_on_dingtalk.backends.coze.tokens import signed
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.errors import ConfigurationError, FailureKind
from rag_on_dingtalk.settings.kinds.coze import CozeOAuth
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Coze
from rag_on_dingtalk.testing import ASK, Outcome, body, data, outcome, replay, stream
from tests.contract.backends.dialects.coze import CozeDialect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.testing import ScriptedServer

SAYS = CozeDialect()
CHAT_ENDS = SAYS.event("chat.completed", SAYS.chat("completed"))


def completed(kind: str, content: str, **more: object) -> bytes:
    return SAYS.event("message.completed", SAYS.message(kind, content, **more))


async def test_the_question_is_sent_as_documented(
    tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    for _ in range(2):
        server.will(stream([SAYS.text("好"), SAYS.end()]))
    backend = SAYS.build(server.url, tls_free_http, variables={"who": "{user_name}"})
    first = await outcome(backend, msgspec.structs.replace(ASK, user_name="小明"))
    known = first.identifiers_known
    await outcome(backend, msgspec.structs.replace(ASK, conversation_id=known.conversation_id))

    one, other = server.received
    assert (one.path, other.path) == ("/v3/chat", "/v3/chat?conversation_id=c-1")
    question = {"role": "user", "type": "question", "content": ASK.text, "content_type": "text"}
    assert one.body == {
        "bot_id": "7300000000000000001",
        "user_id": ASK.user,
        "stream": True,
        "auto_save_history": True,
        "additional_messages": [question],
        "custom_variables": {"who": "小明"},
    }
    assert (known.message_id, known.task_id) == ('["c-1", "m-1"]', '["c-1", "7"]')


async def test_a_chatflow_is_asked_with_its_parameters(
    tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    backend = SAYS.build(server.url, tls_free_http, workflow_id="73", variables={"city": "杭州"})
    seen = await outcome(backend, msgspec.structs.replace(ASK, conversation_id="c-1"))

    [asked] = server.received
    assert (seen.error, asked.path) == (None, "/v1/workflows/chat")
    assert asked.body["parameters"] == {"CONVERSATION_NAME": ASK.session_key, "city": "杭州"}
    assert (asked.body["workflow_id"], asked.body["conversation_id"]) == ("73", "c-1")


async def test_recall_is_cited_and_never_shown() -> None:
    for said in (
        SAYS.recall("补卡每月三次。"),
        SAYS.message(
            "knowledge", json.dumps({"chunks": [{"slice": "补卡", "meta": {"document": {"name": "手册"}}}]})
        ),
    ):
        seen = await replay(SAYS, SAYS.event("message.completed", said), SAYS.text("好"), CHAT_ENDS)
        assert (seen.text, len(seen.citations)) == ("好", 1)
        assert "秘密" not in str(seen.parts)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        '{"msg_type":"stream_plugin_finish","data":"{}"}',
        '{"msg_type":"knowledge_recall","data":7}',
        '{"msg_type":"knowledge_recall","data":"{\\"chunks\\":[7,{\\"meta\\":null}]}"}',
    ],
)
async def test_a_verbose_message_of_another_kind_is_passed_over(content: str) -> None:
    seen = await replay(SAYS, completed("verbose", content), SAYS.text("好"), CHAT_ENDS)
    assert (seen.error, seen.text, seen.citations) == (None, "好", ())


async def test_what_is_no_answer_is_not_shown() -> None:
    events = [
        completed(kind, "内部") for kind in ("function_call", "tool_output", "tool_response", "question")
    ]
    seen = await replay(
        SAYS,
        *events,
        SAYS.event("message.delta", SAYS.message("verbose", "内部")),
        SAYS.text("好"),
        CHAT_ENDS,
    )
    assert (seen.error, seen.text) == (None, "好")


async def test_follow_ups_reasoning_and_usage_are_told_apart() -> None:
    seen = await replay(
        SAYS,
        SAYS.event("message.delta", SAYS.message("answer", "", reasoning_content="先看手册")),
        SAYS.text("好"),
        completed("follow_up", "每月几次？"),
        completed("follow_up", "怎么申请？"),
        SAYS.end(),
    )
    assert (seen.text, seen.reasoning) == ("好", "先看手册")
    assert [part for part in seen.parts if isinstance(part, Suggestions)][-1].items == (
        "每月几次？",
        "怎么申请？",
    )
    assert Usage(900, 40) in seen.parts
    assert not any(isinstance(part, NothingFound) for part in seen.parts)


async def test_several_answers_of_one_chat_are_paragraphs_and_each_is_said_once() -> None:
    seen = await replay(
        SAYS,
        SAYS.event("message.delta", SAYS.message("answer", "请稍等。", id="a")),
        completed("answer", "请稍等。", id="a"),
        SAYS.event("message.delta", SAYS.message("answer", "补", id="b")),
        SAYS.event("message.delta", SAYS.message("answer", "卡", id="b")),
        completed("answer", "补卡。", id="b"),
        completed("answer", "完。", id="c"),
        CHAT_ENDS,
    )
    assert (seen.error, seen.text) == (None, "请稍等。\n\n补卡。\n\n完。")


@pytest.mark.parametrize(
    "last", [b"event:done\ndata:[DONE]\n\n", b"event:conversation.stream.done\ndata:\n\n", b""]
)
async def test_the_chats_own_end_is_enough(last: bytes) -> None:
    seen = await replay(SAYS, SAYS.text("好"), CHAT_ENDS, last)
    assert (seen.error, seen.text) == (None, "好")


async def test_a_stream_that_is_done_before_the_chat_is_interrupted() -> None:
    seen = await replay(SAYS, SAYS.text("好"), b'event:done\ndata:"[DONE]"\n\n')
    assert seen.kind is FailureKind.INTERRUPTED


async def test_a_flow_that_asks_back_has_answered_and_one_that_needs_a_tool_has_not() -> None:
    def action(kind: str) -> bytes:
        calls = {"submit_tool_outputs": {"tool_calls": [{"id": "1", "type": kind}]}}
        return SAYS.event("chat.requires_action", SAYS.chat("requires_action", required_action=calls))

    asks = await replay(SAYS, SAYS.text("哪个城市？"), action("reply_message"))
    needs = await replay(SAYS, action("function"))

    assert (asks.error, asks.text) == (None, "哪个城市？")
    assert needs.kind is FailureKind.FORM
    assert needs.error is not None
    assert needs.error.verdict


async def test_a_card_alone_says_so_and_beside_text_is_left_out() -> None:
    card = completed("answer", '{"card": 1}', content_type="card")
    alone = await replay(SAYS, card, CHAT_ENDS)
    beside = await replay(SAYS, card, SAYS.text("好"), CHAT_ENDS)
    assert (alone.kind, "answered with a card" in str(alone.error)) == (FailureKind.EMPTY, True)
    assert (beside.error, beside.text) == (None, "好")


async def test_a_cancelled_chat_is_an_interruption() -> None:
    for word in ("canceled", "cancelled"):
        seen = await replay(SAYS, SAYS.text("好"), SAYS.event(f"chat.{word}", SAYS.chat(word)))
        assert seen.kind is FailureKind.INTERRUPTED


OUTSIDE = {"4015": "Agent as API", "4016": "conversation", "4101": "permissions", "103100002": "Publish"}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("where", ["document", "event", "chat"])
async def test_each_code_means_the_same_wherever_it_stands(code: str, where: str) -> None:
    expected = FailureKind.CONFIG_TARGET if code == "103000002" else CODES[code]
    error = {"code": int(code), "msg": "words of Coze"}
    if where == "document":
        seen = await replay(
            SAYS, json.dumps({**error, "detail": {"logid": "L7"}}).encode(), content_type="application/json"
        )
        assert f"{code} (logid L7)" in str(seen.error)
    elif where == "event":
        seen = await replay(SAYS, b"event:error\n" + data({"error": {"code": code, "message": "words"}}))
    else:
        seen = await replay(SAYS, SAYS.event("chat.failed", SAYS.chat("failed", last_error=error)))
    assert seen.kind is expected
    assert OUTSIDE.get(code, "") in str(seen.error)


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        ("4999", "?", FailureKind.BAD_INPUT),
        ("4111", "?", FailureKind.CONFIG_AUTH),
        ("702099999", "?", FailureKind.QUOTA),
        ("720799999", "?", FailureKind.UPSTREAM),
        ("6000", "资源点余额不足", FailureKind.QUOTA),
        ("6000", "rate limit", FailureKind.BUSY),
        ("6000", "?", FailureKind.UPSTREAM),
    ],
)
async def test_a_code_that_is_not_known_is_told_by_its_words_or_its_range(
    code: str, words: str, kind: FailureKind
) -> None:
    said = json.dumps({"code": int(code), "msg": words}).encode()
    assert (await replay(SAYS, said, content_type="application/json")).kind is kind


@pytest.mark.parametrize(
    "refusal", [{"code": 103000002, "msg": "x"}, {"code": 103000001, "msg": "agent/user not match"}]
)
async def test_a_conversation_that_is_gone_or_foreign_is_begun_anew_once(
    refusal: dict[str, Any], tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(200, json.dumps(refusal)))
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    seen = await outcome(
        SAYS.build(server.url, tls_free_http), msgspec.structs.replace(ASK, conversation_id="9")
    )
    assert (seen.error, seen.text) == (None, "好")
    assert [asked.path for asked in server.received] == ["/v3/chat?conversation_id=9", "/v3/chat"]


PEM = RSA.generate(2048).export_key().decode()


@pytest.fixture(params=["cloud", "studio"])
def app(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
async def coze(app: str) -> AsyncIterator[KnowledgeServer]:
    server = KnowledgeServer(
        api_key=SAYS.key, faults=FaultBoard(), kind="coze", app=app, piece_delay=0, sleep=Naps()
    )
    await server.start()
    yield server
    await server.stop()


def bot(url: str, http: httpx.AsyncClient, app: str = "cloud", key: str = SAYS.key, **more: Any) -> Backend:
    settings = {"base_url": url, "api_key": "env:K", "bot_id": "handbook", "product": app, **more}
    return build_backend(msgspec.convert({"kind": "coze", **settings}, Coze), Secret(key), http)


async def test_files_votes_and_cancelling_reach_coze(
    coze: KnowledgeServer, app: str, tls_free_http: httpx.AsyncClient
) -> None:
    backend = bot(coze.base_url, tls_free_http, app)
    uploads = (Upload("工牌.png", "image/png", b"\x89PNG"), Upload("表.pdf", "application/pdf", b"%PDF"))
    seen = await outcome(backend, msgspec.structs.replace(ASK, text=TRAVEL_QUESTION, uploads=uploads))
    known = seen.identifiers_known
    for liked in (True, False, None):
        await backend.rate(known.message_id, liked=liked, reason="不准", user="u")
    await backend.stop(ASK, known.task_id)

    assert (seen.error, "1 张图片" in seen.text) == (None, True)
    paths = [(request.method, request.path.rpartition("/")[2]) for request in coze.requests]
    votes = [("POST", "feedback"), ("POST", "feedback"), ("DELETE", "feedback")] if app == "cloud" else []
    assert paths == [("POST", "upload"), ("POST", "upload"), ("POST", "chat"), *votes, ("POST", "cancel")]
    content = json.loads(coze.requests[2].body["additional_messages"][0]["content"])
    assert [part["type"] for part in content] == ["text", "image", "file"]


async def test_a_probe_tells_the_token_from_the_bot(
    coze: KnowledgeServer, app: str, tls_free_http: httpx.AsyncClient
) -> None:
    good = await bot(coze.base_url, tls_free_http, app).probe()
    bad = await bot(coze.base_url, tls_free_http, app, key="pat_wrong").probe()
    assert [finding.well for finding in good] == [True, True, True]
    assert [(finding.what, finding.well) for finding in bad] == [("reachable", True), ("key", False)]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("knowledge.coze.code=4028", FailureKind.QUOTA),
        ("knowledge.coze.card", FailureKind.EMPTY),
        ("knowledge.coze.two_answers", None),
        ("knowledge.coze.asks", FailureKind.EMPTY),
    ],
)
async def test_the_faults_of_the_emulator_are_told(
    fault: str, kind: FailureKind | None, tls_free_http: httpx.AsyncClient
) -> None:
    faults = FaultBoard()
    server = KnowledgeServer(api_key=SAYS.key, faults=faults, kind="coze", piece_delay=0, sleep=Naps())
    name, _, value = fault.partition("=")
    faults.switch_on(name, value=value)
    await server.start()
    seen: Outcome = await outcome(
        bot(server.base_url, tls_free_http), msgspec.structs.replace(ASK, text=TRAVEL_QUESTION)
    )
    await server.stop()
    assert seen.kind is kind
    if kind is None:
        assert seen.text.startswith("请稍等，正在查。\n\n根据")


async def test_a_signed_request_is_exchanged_for_a_token_once_and_again_before_its_end(
    tls_free_http: httpx.AsyncClient,
) -> None:
    server = KnowledgeServer(api_key=PEM, faults=FaultBoard(), kind="coze", piece_delay=0, sleep=Naps())
    await server.start()
    oauth = CozeOAuth(client_id="1100", key_id="fp")
    settings = Coze(base_url=server.base_url, api_key="env:K", bot_id="handbook", oauth=oauth)
    now = [0.0]
    import time

    def clock() -> float:
        return time.time() + now[0]

    backend = CozeBackend(settings, Secret(PEM), tls_free_http, clock)
    travel = msgspec.structs.replace(ASK, text=TRAVEL_QUESTION)
    answers = [await outcome(backend, travel), await outcome(backend, travel)]
    now[0] = 850
    answers.append(await outcome(backend, travel))
    wrong = CozeBackend(settings, Secret(RSA.generate(2048).export_key().decode()), tls_free_http)
    refused = await outcome(wrong, travel)
    paths = [request.path for request in server.requests]
    await server.stop()

    assert [seen.error for seen in answers] == [None, None, None]
    assert paths.count("/api/permission/oauth2/token") == 3
    assert refused.kind is FailureKind.CONFIG_AUTH
    assert "backend.oauth" in str(refused.error)
    assert "PRIVATE" not in str(refused.error)


def test_a_jwt_says_what_coze_documents() -> None:
    oauth = CozeOAuth(client_id="1100", key_id="fp")
    jwt = signed(oauth, Secret(PEM), "https://api.coze.cn", clock=lambda: 1_772_000_000, new_id=lambda: "j1")
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in jwt.split(".")[:2])
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "fp"}
    assert claims == {
        "iss": "1100",
        "aud": "api.coze.cn",
        "iat": 1_772_000_000,
        "exp": 1_772_000_600,
        "jti": "j1",
    }


@pytest.mark.parametrize(
    "key", ["", "pat_x", "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----"]
)
def test_a_private_key_that_is_none_is_a_mistake_of_the_settings(key: str) -> None:
    with pytest.raises(ConfigurationError, match="private key in PEM"):
        signed(CozeOAuth(client_id="1", key_id="k"), Secret(key), "https://api.coze.cn")
