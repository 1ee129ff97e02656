"""What each version of Dify sends differently, as far as it was observed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulators.tests.contract.rag_server.dify.caller import (
    CHAT,
    COMPLETION,
    PATHS,
    QUESTION,
    WORKFLOW,
    names,
    text_of,
)

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.dify.conftest import Calling

VERSIONS = ["0.6", "0.15", "1.12", "1.13"]
ANCIENT = ["0.6", "0.15"]
RECENT = ["1.12", "1.13"]
APPS = ["chat", "agent", "chatflow", "workflow", "completion"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_lines_are_ascii_with_blanks_until_they_are_compact_utf_8(
    calling: Calling, version: str
) -> None:
    async with calling("chat", version) as caller:
        text = (await caller.ask(response_mode="streaming")).text
    assert text.startswith('data: {"event": "message"' if version in ANCIENT else 'data: {"event":"message"')
    assert text.isascii() is (version in ANCIENT)
    assert ("根据" in text) is (version in RECENT)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("app", ["chat", "agent", "chatflow", "completion"])
async def test_the_last_piece_of_text_is_empty(calling: Calling, app: str, version: str) -> None:
    async with calling(app, version) as caller:
        events = await caller.stream(PATHS.get(app, CHAT))
    pieces = [one["answer"] for one in events if one["event"] in {"message", "agent_message"}]
    assert pieces[-1] == ""
    assert all(pieces[:-1])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_workflows_last_chunk_is_empty(calling: Calling, version: str) -> None:
    async with calling("workflow", version) as caller:
        events = await caller.stream(WORKFLOW)
    chunks = [one["data"] for one in events if one["event"] == "text_chunk"]
    assert chunks[-1]["text"] == ""
    assert all(("from_variable_selector" in one) is (version != "0.6") for one in chunks)


@pytest.mark.parametrize(
    ("version", "app", "files"),
    [
        ("0.6", "chat", "absent"),
        ("0.15", "chat", None),
        ("1.12", "chat", None),
        ("1.12", "agent", None),
        ("1.12", "chatflow", []),
        ("1.13", "completion", None),
    ],
)
async def test_no_files_are_null_or_not_even_named(
    calling: Calling, version: str, app: str, files: Any
) -> None:
    async with calling(app, version) as caller:
        end = next(one for one in await caller.stream(PATHS.get(app, CHAT)) if one["event"] == "message_end")
    assert end.get("files", "absent") == files


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_only_a_node_knows_of_a_citation_is_null_or_absent_elsewhere(
    calling: Calling, version: str
) -> None:
    cited = {}
    for app in ("chat", "chatflow"):
        async with calling(app, version) as caller:
            events = await caller.stream()
        metadata = next(one for one in events if one["event"] == "message_end")["metadata"]
        cited[app] = metadata.get("retriever_resources", [])
        assert ("annotation_reply" in metadata) is (version in RECENT)
    first = cited["chat"][0]
    assert first["document_name"] == "休假制度.md"
    if version in ANCIENT:
        assert "hit_count" not in first
    else:
        assert first["hit_count"] is first["word_count"] is first["summary"] is first["doc_metadata"] is None
    # A chatflow of 0.6.16 named none, though its retrieval node had found something.
    assert [one["hit_count"] for one in cited["chatflow"][:1]] == ([] if version == "0.6" else [1])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("app", ["chat", "agent", "chatflow", "completion"])
async def test_a_question_that_is_not_let_through_is_answered_character_by_character(
    calling: Calling, faults: FaultBoard, app: str, version: str
) -> None:
    faults.switch_on("knowledge.dify.input_moderation", value="请换个问题。")
    async with calling(app, version) as caller:
        events = await caller.stream(PATHS.get(app, CHAT))
    pieces = [one["answer"] for one in events if one["event"] == "message"]
    replaced = [one["answer"] for one in events if one["event"] == "message_replace"]
    assert pieces == list("请换个问题。")
    assert replaced == (["请换个问题。"] if version in ANCIENT else [])
    assert "message_end" in names(events)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("fault", ["", "knowledge.busy"])
async def test_0_6_says_after_every_end_that_nothing_was_spoken(
    calling: Calling, faults: FaultBoard, app: str, version: str, fault: str
) -> None:
    if fault:
        faults.switch_on(fault)
    async with calling(app, version) as caller:
        events = await caller.stream(PATHS.get(app, CHAT))
    assert (names(events)[-1] == "tts_message_end") is (version == "0.6")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_whole_answer_is_whole_in_every_version(calling: Calling, version: str) -> None:
    async with calling("chat", version) as caller:
        answer = (await caller.ask()).json()
        assert answer["answer"] == text_of(await caller.stream())


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_providers_status_survives_in_the_words_only(
    calling: Calling, faults: FaultBoard, version: str
) -> None:
    faults.switch_on("knowledge.busy")
    async with calling("chat", version) as caller:
        error = next(one for one in await caller.stream() if one["event"] == "error")
    assert (error["code"], error["status"]) == ("completion_request_error", 400)
    assert "status code 429" in error["message"]
    assert error["message"].startswith("[openai_api_compatible]" if version in ANCIENT else "[models]")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_plugin_that_fails_calls_it_a_bad_parameter(
    calling: Calling, faults: FaultBoard, version: str
) -> None:
    faults.switch_on("knowledge.busy")
    faults.switch_on("knowledge.dify.plugin_error")
    async with calling("chat", version) as caller:
        error = next(one for one in await caller.stream() if one["event"] == "error")
    if version in ANCIENT:
        assert error["code"] == "completion_request_error"
        return
    assert error["code"] == "invalid_param"
    _, _, report = error["message"].partition("PluginInvokeError: ")
    assert json.loads(report)["error_type"] == "InvokeRateLimitError"


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_events_of_a_flow_have_the_fields_of_their_version(calling: Calling, version: str) -> None:
    async with calling("workflow", version) as caller:
        events = await caller.stream(WORKFLOW)
    started, node = events[0]["data"], events[1]["data"]
    finished = next(one for one in events if one["event"] == "workflow_finished")["data"]
    assert ("sequence_number" in started) is ("sequence_number" in finished) is (version in ANCIENT)
    assert ("reason" in started) is (version in RECENT)
    assert ("parallel_id" in node) is (version != "0.6")
    assert ("exceptions_count" in finished) is (version != "0.6")
    assert ("loop_id" in node) is (version in RECENT)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("field", "given", "old"),
    [
        ("response_mode", "fast", "fast is not a valid choice"),
        ("conversation_id", "no-uuid", "no-uuid is not a valid uuid."),
        ("inputs", None, "Missing required parameter in the JSON body"),
    ],
)
async def test_a_wrong_field_is_named_in_params_until_the_validator_reports_it(
    calling: Calling, version: str, field: str, given: Any, old: str
) -> None:
    async with calling("chat", version) as caller:
        response = await caller.ask(**{field: given})
    document = response.json()
    assert (response.status_code, document["code"]) == (400, "invalid_param")
    if version in ANCIENT:
        assert document["params"] == field
        assert document["message"].startswith(old)
        assert "status" not in document
    else:
        assert document["status"] == 400
        assert document["message"].startswith("1 validation error for ChatRequestPayload\n")


@pytest.mark.parametrize(("version", "status"), [("0.6", 429), ("0.15", 400), ("1.12", 400), ("1.13", 400)])
async def test_a_crowded_app_has_the_status_of_its_version(
    calling: Calling, faults: FaultBoard, version: str, status: int
) -> None:
    faults.switch_on("knowledge.dify.crowded")
    async with calling("chat", version) as caller:
        assert (await caller.ask()).status_code == status


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_model_without_credentials_is_called_what_the_version_calls_it(
    calling: Calling, faults: FaultBoard, version: str
) -> None:
    faults.switch_on("knowledge.dify.code", value="provider_not_initialize")
    async with calling("chat", version) as caller:
        code = (await caller.ask()).json()["code"]
    assert code == ("provider_not_initialize" if version in ANCIENT else "invalid_param")


@pytest.mark.parametrize(
    ("version", "mode", "opening"),
    [
        ("0.6", "streaming", ""),
        ("0.15", "streaming", '<details style="'),
        ("0.15", "blocking", ""),
        ("1.12", "streaming", "<think>\n"),
        ("1.13", "blocking", "<think>\n"),
    ],
)
async def test_reasoning_is_dropped_folded_or_tagged(
    calling: Calling, faults: FaultBoard, version: str, mode: str, opening: str
) -> None:
    faults.switch_on("knowledge.think")
    async with calling("chat", version) as caller:
        text = (
            text_of(await caller.stream()) if mode == "streaming" else (await caller.ask()).json()["answer"]
        )
    assert text.startswith(opening or "根据")
    assert ("</details>" in text) is opening.startswith("<details")


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_app_names_its_mode_since_1_0(calling: Calling, version: str) -> None:
    async with calling("chatflow", version) as caller:
        info = (await caller.http.get("/v1/info")).json()
    assert ("mode" in info) is (version in RECENT)
    assert ("tags" in info) is (version != "0.6")


@pytest.mark.parametrize(
    ("version", "status", "body", "again"),
    [
        ("0.6", 200, {"id": None}, 200),
        ("0.15", 200, {"result": "success"}, 404),
        ("1.12", 204, None, 404),
    ],
)
async def test_a_deleted_conversation_answers_on_in_0_6(
    calling: Calling, version: str, status: int, body: dict[str, Any] | None, again: int
) -> None:
    async with calling("chat", version) as caller:
        conversation = (await caller.ask()).json()["conversation_id"]
        gone = await caller.http.request("DELETE", f"/v1/conversations/{conversation}", json={"user": "u-1"})
        asked = await caller.ask(conversation_id=conversation)
    assert gone.status_code == status
    assert body is None or body.items() <= gone.json().items()
    assert asked.status_code == again
    assert again == 200 or asked.json()["message"].startswith("Conversation Not Exists.")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_conversation_of_0_15_keeps_the_inputs_of_its_first_message(
    calling: Calling, faults: FaultBoard, version: str
) -> None:
    async with calling("chat", version) as caller:
        conversation = (await caller.ask()).json()["conversation_id"]
        faults.switch_on("knowledge.dify.form")
        again = await caller.ask(conversation_id=conversation)
    assert (again.status_code == 200) is (version == "0.15")


@pytest.mark.parametrize(
    ("version", "kind", "status"),
    [("0.6", "text/plain", 415), ("0.15", "text/plain", 201), ("0.6", "image/png", 201)],
)
async def test_0_6_takes_pictures_only_and_each_from_its_owner(
    calling: Calling, version: str, kind: str, status: int
) -> None:
    async with calling("chat", version) as caller:
        sent = await caller.http.post(
            "/v1/files/upload", data={"user": "u-1"}, files={"file": ("a", b"x", kind)}
        )
        assert sent.status_code == status
        if status != 201:
            return
        file = {"type": "image", "transfer_method": "local_file", "upload_file_id": sent.json()["id"]}
        mine = await caller.ask(files=[file])
        theirs = await caller.ask(files=[file], user="u-2")
    assert (mine.status_code, theirs.status_code) == (200, 400 if version == "0.6" else 200)


async def test_a_run_that_is_stopped_from_the_pages_of_dify_ends_as_stopped(
    calling: Calling, faults: FaultBoard
) -> None:
    faults.switch_on("knowledge.dify.stopped", value="2")
    async with calling("chatflow") as caller:
        events = await caller.stream()
    finished = next(one for one in events if one["event"] == "workflow_finished")
    assert finished["data"]["status"] == "stopped"
    assert len([one for one in events if one["event"] == "message"]) == 2


async def test_the_text_can_come_as_files_without_an_address(calling: Calling, faults: FaultBoard) -> None:
    faults.switch_on("knowledge.dify.answer_in_file")
    async with calling("chat", "1.12") as caller:
        events = await caller.stream()
    assert names(events) == ["message_file", "message_end"]
    assert "".join(one["answer"] for one in events[:-1]).startswith("根据")
    assert not any("url" in one for one in events)


class TestForms:
    """Human Input nodes, from documents."""

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_a_flow_waits_for_a_form_since_1_13(
        self, calling: Calling, faults: FaultBoard, version: str
    ) -> None:
        faults.switch_on("knowledge.dify.human_input")
        async with calling("chatflow", version) as caller:
            told = names(await caller.stream())
        assert ("human_input_required" in told) is (version == "1.13")

    @pytest.mark.parametrize("app", ["chatflow", "workflow"])
    @pytest.mark.parametrize(("action", "expected"), [("approve", "根据"), ("reject", "好的")])
    async def test_a_run_goes_on_with_the_choice_that_was_made(
        self, calling: Calling, faults: FaultBoard, app: str, action: str, expected: str
    ) -> None:
        faults.switch_on("knowledge.dify.human_input")
        async with calling(app) as caller:
            events = await caller.stream(PATHS.get(app, CHAT))
            required = next(one for one in events if one["event"] == "human_input_required")
            form, run = required["data"], required["workflow_run_id"]
            assert [one["id"] for one in form["actions"]] == ["approve", "reject"]
            assert QUESTION in form["form_content"]
            path = f"/v1/form/human_input/{form['form_token']}"
            shown = (await caller.http.get(path)).json()
            assert [one["title"] for one in shown["user_actions"]] == ["同意", "不同意"]
            filled = {"inputs": {}, "action": action, "user": "u-1"}
            assert (await caller.http.post(path, json=filled)).json() == {}
            assert (await caller.http.post(path, json=filled)).status_code == 400
            rest = await caller.http.get(f"/v1/workflow/{run}/events", params={"user": "u-1"})
        ended = [json.loads(line[6:]) for line in rest.text.split("\n\n") if line.startswith("data: ")]
        assert names(ended)[0] == "human_input_form_filled"
        [finished] = [one["data"] for one in ended if one["event"] == "workflow_finished"]
        assert next(iter(finished["outputs"].values())).startswith(expected)

    async def test_a_wrong_action_token_or_user_gets_nowhere(
        self, calling: Calling, faults: FaultBoard
    ) -> None:
        faults.switch_on("knowledge.dify.human_input")
        async with calling("workflow") as caller:
            events = await caller.stream(WORKFLOW)
            form = next(one for one in events if one["event"] == "human_input_required")
            path = f"/v1/form/human_input/{form['data']['form_token']}"
            wrong = await caller.http.post(path, json={"inputs": {}, "action": "maybe", "user": "u-1"})
            unknown = await caller.http.get("/v1/form/human_input/0000")
            other = await caller.http.get(
                f"/v1/workflow/{form['workflow_run_id']}/events", params={"user": "u-2"}
            )
        assert [one.status_code for one in (wrong, unknown, other)] == [400, 404, 404]

    async def test_the_event_can_come_without_its_data(self, calling: Calling, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.dify.human_input", value="bare")
        async with calling("workflow") as caller:
            events = await caller.stream(WORKFLOW)
        assert next(one for one in events if one["event"] == "human_input_required")["data"] == {}

    async def test_a_blocking_call_cannot_wait(self, calling: Calling, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.dify.human_input")
        async with calling("workflow") as caller:
            assert (await caller.ask(WORKFLOW)).status_code == 400


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_completion_has_a_question_in_its_inputs(calling: Calling, version: str) -> None:
    async with calling("completion", version) as caller:
        assert (await caller.ask(COMPLETION)).json()["answer"].startswith("根据")
