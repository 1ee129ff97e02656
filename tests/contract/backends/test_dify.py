"""Dify: its streams in recorded shape, app type by app type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import (
    AnswerFile,
    Identifiers,
    NothingFound,
    Replacement,
    Suggestions,
    Upload,
    Usage,
)
from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.config import Dify, Patience, Secret
from rag_on_dingtalk.errors import BackendError, FailureKind
from tests.contract.backends.dialects.dify import DifyCompletionDialect, DifyDialect, DifyWorkflowDialect
from tests.contract.backends.outcome import ASK, outcome, soon
from tests.contract.backends.scripted import Move, body, data, head, stream

if TYPE_CHECKING:
    import httpx

    from tests.contract.backends.outcome import Outcome
    from tests.contract.backends.scripted import ScriptedServer

SAYS = DifyDialect()
FLOWS = DifyWorkflowDialect()
RETURNING = msgspec.structs.replace(ASK, conversation_id="c-old")
GONE = '{"code": "not_found", "message": "Conversation Not Exists. You may have sent…", "status": 404}'


async def hear(
    server: ScriptedServer, http: httpx.AsyncClient, *events: bytes, says: DifyDialect = SAYS, **settings: Any
) -> Outcome:
    server.will(stream(events))
    return await outcome(says.build(server.url, http, **settings))


def refusal(status: int, code: str, message: str) -> str:
    return data({"code": code, "message": message, "status": status}).decode().removeprefix("data: ")


async def test_the_question_is_sent_with_inputs_conversation_and_user(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    await outcome(SAYS.build(server.url, http), RETURNING)

    assert server.received[0].path == "/v1/chat-messages"
    assert server.received[0].body == {
        "inputs": {"desk": "4"},
        "query": "怎么补卡？",
        "response_mode": "streaming",
        "conversation_id": "c-old",
        "user": "dt-anna",
        "auto_generate_name": False,
    }


async def test_a_slash_after_the_base_url_does_no_harm(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    await outcome(SAYS.build(server.url, http, base_url=f"{server.url}/dify/v1/"))

    assert server.received[0].path == "/dify/v1/chat-messages"


async def test_the_identifiers_come_with_the_first_event_that_has_them(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    partial = data({"event": "workflow_started", "task_id": "t-1", "data": {"id": "r-1"}})

    seen = await hear(server, http, b"event: ping\n\n", partial, SAYS.text("好"), SAYS.text("的"), SAYS.end())

    assert [part for part in seen.parts if isinstance(part, Identifiers)] == [
        Identifiers(task_id="t-1"),
        Identifiers(conversation_id="c-1", message_id="m-1", task_id="t-1"),
    ]


async def test_an_agents_thoughts_are_not_its_answer(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    thought = SAYS.event(
        "agent_thought", id="th-1", position=1, thought="补卡每月三次。", tool="", observation=""
    )

    seen = await hear(
        server,
        http,
        thought,
        SAYS.event("agent_message", answer="补卡"),
        SAYS.event("agent_message", answer="每月三次。"),
        thought,
        SAYS.end(),
    )

    assert (seen.error, seen.text) == (None, "补卡每月三次。")


@pytest.mark.parametrize("closing", [["补卡每月三次。"], ["补卡", "每月三次。"]], ids=["whole", "in pieces"])
async def test_a_new_agents_closing_message_is_its_whole_answer(
    closing: list[str], http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server,
        http,
        SAYS.event("agent_message", answer="我查一下。"),
        SAYS.event("agent_message", answer="补卡"),
        *map(SAYS.text, closing),
        SAYS.end(),
    )

    assert seen.text == "补卡每月三次。"


async def test_a_replaced_message_replaces_everything(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    replaced = SAYS.event("message_replace", answer="无法回答。", reason="output_moderation")

    seen = await hear(server, http, SAYS.text("补卡"), replaced, SAYS.text("请联系人事。"), SAYS.end())

    assert seen.text == "无法回答。请联系人事。"
    assert Replacement("无法回答。") in seen.parts


async def test_moderated_input_that_is_repeated_is_heard_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    letters = [SAYS.text(letter) for letter in "无法回答"]

    seen = await hear(server, http, *letters, SAYS.event("message_replace", answer="无法回答"), SAYS.end())

    assert (seen.error, seen.text) == (None, "无法回答")


@pytest.mark.parametrize("order", ["observed", "documented"])
async def test_a_chatflow_may_finish_in_either_order(
    order: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    finished = SAYS.event("workflow_finished", data={"status": "succeeded", "outputs": {"answer": "好的"}})
    end = [finished, SAYS.end()] if order == "observed" else [SAYS.end(), finished]
    tts = SAYS.event("tts_message_end", audio="")

    seen = await hear(
        server,
        http,
        SAYS.event("workflow_started", data={}),
        SAYS.event("node_started", data={"title": "LLM"}),
        SAYS.text("好的"),
        SAYS.event("node_finished", data={"status": "succeeded", "process_data": {"prompts": "x" * 300_000}}),
        *end,
        tts,
    )

    assert (seen.error, seen.text, len(seen.citations)) == (None, "好的", 1)


async def test_a_chatflow_without_its_message_end_was_interrupted(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    finished = SAYS.event("workflow_finished", data={"status": "succeeded", "outputs": {}})

    assert (await hear(server, http, SAYS.text("好的"), finished)).kind is FailureKind.INTERRUPTED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("Run failed: [openai] status code 429", FailureKind.BUSY),
        ("Node LLM run failed", FailureKind.UPSTREAM),
        (None, FailureKind.UPSTREAM),
    ],
)
async def test_a_failed_workflow_is_told_by_its_error(
    error: str | None, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    failed = SAYS.event("workflow_finished", data={"status": "failed", "error": error})

    assert (await hear(server, http, failed)).kind is kind
    assert (await hear(server, http, SAYS.text("好"), failed)).kind is FailureKind.INTERRUPTED


async def test_a_flow_that_waits_for_a_form_says_so(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    paused = (
        SAYS.event("human_input_required", data={"form_token": "f"}),
        SAYS.event("workflow_paused", data={}),
    )

    seen = await hear(server, http, *paused)

    assert seen.kind is FailureKind.UPSTREAM
    assert "Human Input" in str(seen.error)


async def test_a_conversation_that_is_gone_is_replaced_once_for_the_same_user(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(404, GONE))
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    seen = await outcome(SAYS.build(server.url, http), RETURNING)

    assert (seen.error, seen.text) == (None, "好")
    assert seen.identifiers.conversation_id == "c-1"
    first, second = (request.body for request in server.received)
    assert (first["conversation_id"], second["conversation_id"]) == ("c-old", "")
    assert {**first, "conversation_id": ""} == second


async def test_a_conversation_that_stays_gone_is_not_asked_for_again(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(404, GONE))
    server.will(body(404, GONE))

    seen = await outcome(SAYS.build(server.url, http), RETURNING)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, "unauthorized", "Access token is invalid", FailureKind.CONFIG_AUTH),
        (403, "forbidden", "The app's API service has been disabled.", FailureKind.CONFIG_AUTH),
        (400, "not_chat_app", "Please check if your app mode matches.", FailureKind.CONFIG_TARGET),
        (400, "app_unavailable", "App unavailable.", FailureKind.CONFIG_TARGET),
        (400, "provider_not_initialize", "No valid model provider.", FailureKind.CONFIG_TARGET),
        (400, "model_currently_not_support", "…", FailureKind.CONFIG_TARGET),
        (400, "invalid_param", "Model qwen-9 not exist.", FailureKind.CONFIG_TARGET),
        (400, "provider_quota_exceeded", "Your quota is used up.", FailureKind.QUOTA),
        (429, "rate_limit_error", "Plan limit reached.", FailureKind.QUOTA),
        (429, "too_many_requests", "Too many requests.", FailureKind.BUSY),
        (400, "invalid_param", "Too many requests. Please try again later.", FailureKind.BUSY),
        (400, "invalid_param", "desk is required in input form", FailureKind.BAD_INPUT),
        (400, "invalid_param", "Run failed: Node LLM run failed", FailureKind.UPSTREAM),
        (400, "completion_request_error", "status code 429, slow", FailureKind.BUSY),
        (400, "completion_request_error", "status code 401", FailureKind.UPSTREAM),
        (404, "not_found", "Message Not Exists.", FailureKind.CONFIG_TARGET),
        (413, "file_too_large", "…", FailureKind.FILE_REFUSED),
        (400, "invalid_param", "Invalid upload file", FailureKind.FILE_REFUSED),
        (500, "internal_server_error", "…", FailureKind.UPSTREAM),
    ],
)
async def test_a_code_means_the_same_as_an_answer_and_within_a_stream(
    status: int, code: str, message: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, refusal(status, code, message)))
    assert (await outcome(SAYS.build(server.url, http))).kind is kind

    event = data({"event": "error", "status": status, "code": code, "message": message})
    assert (await hear(server, http, event)).kind is kind
    assert (await hear(server, http, SAYS.text("好"), event)).kind is FailureKind.INTERRUPTED


async def test_what_a_person_wrote_is_not_quoted_from_a_validation_error(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    report = (
        "1 validation error for ChatPayload\nquery\n  Too long [type=string_too_long, input_value='我的工资']"
    )
    server.will(body(400, refusal(400, "invalid_param", report)))

    seen = await outcome(SAYS.build(server.url, http))

    assert seen.kind is FailureKind.BAD_INPUT
    assert "query Too long" in str(seen.error)
    assert "工资" not in str(seen.error)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_web_page_hints_at_the_missing_v1(
    status: int, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, "<!DOCTYPE html><html>404</html>", "text/html"))
    bare = build_backend(Dify(base_url=server.url, api_key="env:KEY"), Secret(SAYS.key), http)

    seen = await outcome(bare)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "its /v1 is probably missing" in str(seen.error)


@pytest.mark.parametrize("resources", [None, [], "no list", [None, {}, {"document_name": None}]])
async def test_an_answer_without_sources_cites_nothing(
    resources: Any, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    end = SAYS.event("message_end", metadata={"retriever_resources": resources})

    seen = await hear(server, http, SAYS.text("好"), end)

    assert (seen.error, seen.citations) == (None, ())


async def test_a_score_that_is_no_number_does_not_cost_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    end = SAYS.end().replace(b'"score": 1.2', b'"score": NaN')

    seen = await hear(server, http, SAYS.text("好"), end)

    assert (seen.error, len(seen.citations)) == (None, 1)


async def test_escaped_text_is_read(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    escaped = rb'data: {"event":"message","answer":"\u8865\u5361 \ud83d\ude42 \ud83d<\/b>"}' + b"\n\n"

    assert (await hear(server, http, escaped, SAYS.end())).text == "补卡 🙂 ?</b>"


async def test_the_asker_may_be_named_in_the_inputs(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    backend = SAYS.build(server.url, http, inputs={"asker": "同事{user_name}", "desk": "4"})

    await outcome(backend, msgspec.structs.replace(ASK, user_name="小明"))

    assert server.received[0].body["inputs"] == {"asker": "同事小明", "desk": "4"}


@pytest.mark.parametrize(
    ("says", "path"),
    [
        (DifyCompletionDialect(), "/v1/completion-messages"),
        (FLOWS, "/v1/workflows/run"),
    ],
    ids=["completion", "workflow"],
)
async def test_an_app_without_a_conversation_takes_the_question_as_an_input(
    says: DifyDialect, path: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await hear(server, http, says.text("好"), says.end(), says=says, query_input="问题")

    assert server.received[0].path == path
    assert server.received[0].body == {
        "inputs": {"desk": "4", "问题": "怎么补卡？"},
        "response_mode": "streaming",
        "user": "dt-anna",
    }


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"anything": "补卡三次"}, "补卡三次"),
        ({"anything": "补卡三次", "count": 3, "blank": " "}, "补卡三次"),
        ({"summary": "短", "answer": "补卡三次"}, "补卡三次"),
        ({"one": "补卡", "two": "三次"}, "one: 补卡\n\ntwo: 三次"),
    ],
)
async def test_a_workflow_that_did_not_stream_is_heard_by_its_outputs(
    outputs: dict[str, Any], text: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    started = FLOWS.event("workflow_started", data={"id": "r-1"})

    seen = await hear(server, http, started, FLOWS.end(outputs=outputs), says=FLOWS)

    assert (seen.error, seen.text) == (None, text)
    assert seen.identifiers == Identifiers(message_id="r-1", task_id="t-1")


async def test_a_workflow_that_streamed_is_not_heard_twice(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    pieces = [FLOWS.text("补卡"), FLOWS.text("三次")]

    seen = await hear(server, http, *pieces, FLOWS.end(outputs={"text": "补卡三次"}), says=FLOWS)

    assert seen.text == "补卡三次"


async def test_a_replaced_text_of_a_workflow_replaces_everything(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    replaced = FLOWS.event("text_replace", data={"text": "无法回答。"})

    assert (
        await hear(server, http, FLOWS.text("补卡"), replaced, FLOWS.end(), says=FLOWS)
    ).text == "无法回答。"


@pytest.mark.parametrize(
    ("status", "kind"),
    [("partial-succeeded", None), ("stopped", FailureKind.INTERRUPTED), ("failed", FailureKind.INTERRUPTED)],
)
async def test_a_workflow_is_as_well_as_it_says(
    status: str, kind: FailureKind | None, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    assert (await hear(server, http, FLOWS.text("补卡"), FLOWS.end(status=status), says=FLOWS)).kind is kind


async def test_a_stopped_chatflow_ends_with_what_there_is(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    stopped = SAYS.event("workflow_finished", data={"status": "stopped"})

    assert (await hear(server, http, SAYS.text("补卡"), stopped, SAYS.end())).kind is None


async def test_files_of_the_answer_have_whole_addresses_and_come_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    drawn = {"id": "f-1", "type": "image", "belongs_to": "assistant", "url": "/files/tools/a.png?sign=1"}
    asked = {**drawn, "belongs_to": "user", "url": "/files/b.png"}
    files = [
        drawn,
        {"type": "document", "filename": "表.xlsx", "url": "https://cdn.example.com/c"},
        {"type": "x"},
    ]

    seen = await hear(
        server,
        http,
        SAYS.event("message_file", **drawn),
        SAYS.event("message_file", **asked),
        SAYS.text("![图](/fi"),
        SAYS.text("les/tools/a.png?sign=1)"),
        SAYS.event("message_end", metadata={}, files=files),
    )

    address = f"{server.url}/files/tools/a.png?sign=1"
    assert [part for part in seen.parts if isinstance(part, AnswerFile)] == [
        AnswerFile(address, picture=True),
        AnswerFile("https://cdn.example.com/c", name="表.xlsx"),
    ]
    assert seen.text == f"![图]({address})"


async def test_files_among_a_workflows_outputs_are_files_of_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    outputs = {
        "text": "好",
        "made": [{"type": "image", "filename": "a.png", "url": "/files/a.png"}],
        "n": [1],
    }

    seen = await hear(server, http, FLOWS.end(outputs=outputs), says=FLOWS)

    assert AnswerFile(f"{server.url}/files/a.png", name="a.png", picture=True) in seen.parts


async def test_the_usage_is_told(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    assert Usage(900, 40) in (await hear(server, http, SAYS.text("好"), SAYS.end())).parts


async def test_what_the_prompt_prescribes_is_known_as_no_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await hear(
        server,
        http,
        SAYS.text("抱歉，知识库"),
        SAYS.text("里没有。"),
        SAYS.end(),
        no_answer=("抱歉，知识库",),
    )

    assert NothingFound() in seen.parts


async def test_files_of_the_person_are_uploaded_first(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    for file_id in ("f-1", "f-2"):
        server.will(body(201, data({"id": file_id, "name": "x"}).decode()[6:]))
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    uploads = Upload("图.png", "image/png", b"\x89PNG\r\n"), Upload("假.pdf", "application/pdf", b"%PDF")

    seen = await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=uploads))

    assert seen.text == "好"
    picture, document, asked = server.received
    assert [request.path for request in server.received] == ["/v1/files/upload"] * 2 + ["/v1/chat-messages"]
    assert "图.png".encode() in picture.content
    assert b"\x89PNG\r\n" in picture.content
    assert b"Content-Type: application/pdf" in document.content
    assert b"dt-anna" in document.content
    assert asked.body["files"] == [
        {"type": "image", "transfer_method": "local_file", "upload_file_id": "f-1"},
        {"type": "document", "transfer_method": "local_file", "upload_file_id": "f-2"},
    ]


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (413, refusal(413, "file_too_large", "{message}"), FailureKind.FILE_REFUSED),
        (413, "<html>413 Request Entity Too Large</html>", FailureKind.FILE_REFUSED),
        (415, refusal(415, "unsupported_file_type", "File type not allowed."), FailureKind.FILE_REFUSED),
        (401, refusal(401, "unauthorized", "Access token is invalid"), FailureKind.CONFIG_AUTH),
        (201, "{}", FailureKind.UPSTREAM),
    ],
)
async def test_a_file_that_is_not_taken_is_said_to_be_that(
    status: int, answer: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, answer, "text/html" if answer.startswith("<") else "application/json"))
    file = Upload("大.zip", "application/zip", b"PK")

    seen = await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=(file,)))

    assert seen.kind is kind
    assert len(server.received) == 1


async def test_follow_up_questions_come_after_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    server.will(
        body(200, data({"result": "success", "data": ["年假呢？", "", None, "病假呢？"]}).decode()[6:])
    )

    seen = await outcome(SAYS.build(server.url, http, suggestions=True))

    assert seen.parts[-1] == Suggestions(("年假呢？", "病假呢？"))
    assert server.received[1].path == "/v1/messages/m-1/suggested?user=dt-anna"


async def test_an_app_without_follow_up_questions_is_not_asked_for_them_again(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = SAYS.build(server.url, http, suggestions=True)
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    server.will(body(400, refusal(400, "bad_request", "Suggested Questions Is Disabled.")))
    server.will(stream([SAYS.text("好"), SAYS.end()]))

    for _ in range(2):
        seen = await outcome(backend)
        assert (seen.error, seen.text) == (None, "好")

    assert len(server.received) == 3


@pytest.mark.parametrize(
    "trouble", [[Move.RESET], body(500, "oops", "text/plain"), body(200, "<html>", "text/html")]
)
async def test_an_answer_is_whole_without_follow_up_questions(
    trouble: Any, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    server.will(trouble)

    seen = await outcome(SAYS.build(server.url, http, suggestions=True))

    assert (seen.error, seen.text) == (None, "好")


async def test_a_conversation_that_only_pings_is_replaced_by_a_new_one(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), Move.PING_ON])
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    # Far longer than between two pings, so that only the time in which there must be an event runs out.
    backend = SAYS.build(server.url, http, Patience(first_byte=0.4, idle=0.4))

    seen = await soon(outcome(backend, RETURNING))

    assert (seen.error, seen.text) == (None, "好")
    assert [request.body["conversation_id"] for request in server.received] == ["c-old", ""]


@pytest.mark.parametrize(
    ("says", "path"),
    [
        (SAYS, "/v1/chat-messages/t-1/stop"),
        (DifyCompletionDialect(), "/v1/completion-messages/t-1/stop"),
        (FLOWS, "/v1/workflows/tasks/t-1/stop"),
    ],
    ids=["chat", "completion", "workflow"],
)
async def test_a_task_is_stopped_where_it_runs(
    says: DifyDialect, path: str, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(200, '{"result": "success"}'))
    backend = says.build(server.url, http)

    await backend.stop(ASK, "")
    await backend.stop(ASK, "t-1")

    (told,) = server.received
    assert (told.method, told.path, told.body) == ("POST", path, {"user": "dt-anna"})


@pytest.mark.parametrize(("liked", "rating"), [(True, "like"), (False, "dislike"), (None, None)])
async def test_a_rating_is_passed_on(
    liked: bool | None,  # noqa: FBT001 - a verdict has no better name
    rating: str | None,
    http: httpx.AsyncClient,
    server: ScriptedServer,
) -> None:
    server.will(body(200, '{"result": "success"}'))

    await SAYS.build(server.url, http).rate("m-1", liked=liked, reason="过时", user="dt-anna")

    (told,) = server.received
    assert told.path == "/v1/messages/m-1/feedbacks"
    assert told.body == {"rating": rating, "user": "dt-anna", "content": "过时"}


async def test_a_rating_that_is_not_taken_is_an_error_unless_there_was_none(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = SAYS.build(server.url, http)
    server.will(body(400, refusal(400, "bad_request", "nothing to revoke")))
    await backend.rate("m-1", liked=None, reason="", user="dt-anna")

    server.will(body(404, refusal(404, "not_found", "Message Not Exists.")))
    with pytest.raises(BackendError, match="Message Not Exists"):
        await backend.rate("m-1", liked=True, reason="", user="dt-anna")


async def test_a_workflows_run_takes_no_rating(http: httpx.AsyncClient, server: ScriptedServer) -> None:
    await FLOWS.build(server.url, http).rate("r-1", liked=True, reason="", user="dt-anna")

    assert server.received == []
