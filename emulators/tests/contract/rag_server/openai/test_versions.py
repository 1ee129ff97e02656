"""What the plain servers, FastGPT and RAGFlow do differently from version to version."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import PRODUCTS, KnowledgeServer
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION, blocks, client_of, data_of
from emulators.tests.contract.rag_server.openai import caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    import httpx

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

    Serving = Callable[[str, str], AbstractAsyncContextManager[httpx.AsyncClient]]

KEY = "sk-Zx8Yw7Vu6Ts5Rq4Po3Nm2Lk1"
FASTGPT = "/api/v1/chat/completions"
RAGFLOW = "/api/v1/chats_openai/handbook/chat/completions"
RENAMED = "/api/v1/openai/handbook/chat/completions"


@pytest.fixture
def serving(faults: FaultBoard, naps: Naps) -> Serving:
    """Opens a server of some kind and version and gives a client."""
    PRODUCTS["openai"].declare(faults)

    @asynccontextmanager
    async def serve(app: str, version: str) -> AsyncIterator[httpx.AsyncClient]:
        server = KnowledgeServer(
            api_key=KEY, faults=faults, kind="openai", app=app, version=version, piece_delay=0, sleep=naps
        )
        async with client_of(server, KEY) as client:
            yield client
        await server.stop()

    return serve


def body(question: str = TRAVEL_QUESTION, **more: Any) -> dict[str, Any]:
    return {"model": "handbook", "messages": [{"role": "user", "content": question}], **more}


class TestPlainServers:
    @pytest.mark.parametrize(
        ("version", "field"),
        [("vllm-0.7", "reasoning_content"), ("vllm-0.26", "reasoning"), ("openai", "reasoning_content")],
    )
    async def test_reasoning_is_in_the_field_of_the_version(
        self, serving: Serving, faults: FaultBoard, version: str, field: str
    ) -> None:
        faults.switch_on("knowledge.think")
        async with serving("plain", version) as http:
            chunks = await caller.stream(http)
            whole = (await http.post(caller.PATH, json=caller.body())).json()
        named = {name for chunk in chunks for name in chunk["choices"][0]["delta"] if "reasoning" in name}
        assert named == {field}
        assert field in whole["choices"][0]["message"]

    async def test_errors_of_an_older_vllm_are_flat(self, serving: Serving) -> None:
        async with serving("plain", "vllm-0.7") as http:
            response = await http.post(caller.PATH, json=body(model="nope"))
        document = response.json()
        assert (response.status_code, document["object"], document["code"]) == (404, "error", 404)

    @pytest.mark.parametrize(
        ("fault", "status", "code"),
        [
            ("knowledge.unauthorized", 401, ""),
            ("knowledge.not_found", 503, "model_not_found"),
            ("knowledge.busy", 429, ""),
            ("knowledge.openai.code", 403, "insufficient_user_quota"),
            ("knowledge.error_500", 500, "do_request_failed"),
        ],
    )
    async def test_a_gateway_has_errors_of_its_own(
        self, serving: Serving, faults: FaultBoard, fault: str, status: int, code: str
    ) -> None:
        faults.switch_on(fault)
        async with serving("plain", "new-api") as http:
            response = await http.post(caller.PATH, json=body())
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["type"]) == (status, code, "new_api_error")
        assert error["message"].endswith("(request id: 20260301090000000000)")

    @pytest.mark.parametrize(("value", "status"), [("", 422), ("400", 400)])
    async def test_stream_options_can_be_refused(
        self, serving: Serving, faults: FaultBoard, value: str, status: int
    ) -> None:
        faults.switch_on("knowledge.openai.no_stream_options", value=value)
        async with serving("plain", "openai") as http:
            asked = body(stream=True, stream_options={"include_usage": True})
            refused = await http.post(caller.PATH, json=asked)
            taken = await http.post(caller.PATH, json=body(stream=True))
        assert (refused.status_code, taken.status_code) == (status, 200)
        assert "stream_options" in refused.text

    async def test_a_stream_can_be_ignored(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.whole")
        async with serving("plain", "openai") as http:
            response = await http.post(caller.PATH, json=body(stream=True))
        assert response.json()["object"] == "chat.completion"

    async def test_a_refusal_has_a_field_of_its_own(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.refusal")
        async with serving("plain", "openai") as http:
            chunks = await caller.stream(http)
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
        assert caller.content_of(chunks) == ""
        assert "".join(delta.get("refusal") or "" for delta in deltas).startswith("很抱歉")

    @pytest.mark.parametrize("code", ["1113", "30001", "AccountOverdueError", "exceeded_current_quota_error"])
    async def test_money_that_is_used_up_has_many_names(
        self, serving: Serving, faults: FaultBoard, code: str
    ) -> None:
        faults.switch_on("knowledge.openai.code", value=code)
        async with serving("plain", "openai") as http:
            response = await http.post(caller.PATH, json=body())
        assert response.status_code in {403, 429}
        assert response.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("app", "path", "more"),
    [
        ("plain", caller.PATH, {}),
        ("fastgpt", FASTGPT, {"detail": True}),
        ("ragflow", RAGFLOW, {}),
    ],
)
@pytest.mark.parametrize("reason", ["length", "network_error"])
async def test_every_kind_of_server_can_end_for_another_reason(
    serving: Serving, faults: FaultBoard, app: str, path: str, more: dict[str, Any], reason: str
) -> None:
    faults.switch_on("knowledge.openai.finish", value=reason)
    async with serving(app, "") as http:
        chunks = data_of((await http.post(path, json=body(stream=True, **more))).text)
    reasons = [
        choice["finish_reason"]
        for chunk in chunks
        if isinstance(chunk, dict)
        for choice in chunk.get("choices", [])
    ]
    assert reasons[-1] == reason


class TestFastGPT:
    VERSIONS = ("4.8", "4.9", "4.18")

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_a_score_is_a_number_and_then_a_list(self, serving: Serving, version: str) -> None:
        async with serving("fastgpt", version) as http:
            whole = (await http.post(FASTGPT, json=body(detail=True))).json()
            second = await http.post("/api/v2/chat/completions", json=body())
        score = whole["responseData"][0]["quoteList"][0]["score"]
        assert isinstance(score, float if version == "4.8" else list)
        assert second.status_code == (404 if version == "4.8" else 200)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_citation_marks_are_in_the_streams_of_4_9(self, serving: Serving, version: str) -> None:
        async with serving("fastgpt", version) as http:
            chunks = data_of((await http.post(FASTGPT, json=body(stream=True))).text)
        assert caller.content_of(chunks).endswith("](CITE)") is (version == "4.9")

    async def test_a_refusal_of_a_stream_is_its_only_event(self, serving: Serving) -> None:
        wrong = {"Authorization": "Bearer wrong"}
        async with serving("fastgpt", "") as http:
            stream = await http.post(FASTGPT, json=body(stream=True), headers=wrong)
            whole = await http.post(FASTGPT, json=body(), headers=wrong)
        [event] = blocks(stream.text)
        assert (stream.status_code, event["event"], whole.status_code) == (200, "error", 500)
        assert json.loads(event["data"])["code"] == whole.json()["code"] == 514

    async def test_its_quota_has_a_code_of_its_own(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.code")
        async with serving("fastgpt", "") as http:
            assert (await http.post(FASTGPT, json=body())).json()["code"] == 510

    async def test_sources_can_be_those_of_a_tool(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.nested_sources")
        async with serving("fastgpt", "") as http:
            nodes = (await http.post(FASTGPT, json=body(detail=True))).json()["responseData"]
        assert "quoteList" not in nodes[0]
        assert nodes[0]["toolDetail"][0]["pluginDetail"][0]["quoteList"]

    async def test_a_choice_is_asked_for_until_it_is_made(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.interactive", count=1)
        async with serving("fastgpt", "") as http:

            async def say(words: str) -> list[dict[str, str]]:
                asked = body(words, stream=True, detail=True, chatId="c-1")
                return blocks((await http.post(FASTGPT, json=asked)).text)

            first, second, last = await say(TRAVEL_QUESTION), await say("都行"), await say("总部")
        for events in (first, second):
            [waits] = [json.loads(one["data"]) for one in events if one["event"] == "interactive"]
            assert waits["interactive"]["type"] == "userSelect"
            options = waits["interactive"]["params"]["userSelectOptions"]
            assert [one["value"] for one in options] == ["总部", "分公司"]
        assert not any(one["event"] == "interactive" for one in last)
        assert any("差旅报销标准" in one["data"] for one in last)

    async def test_a_form_is_filled_in_as_json(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.interactive", value="userInput", count=1)
        async with serving("fastgpt", "") as http:

            async def say(words: str) -> str:
                asked = body(words, stream=True, detail=True, chatId="c-1")
                return (await http.post(FASTGPT, json=asked)).text

            first, again, answered = (
                await say(TRAVEL_QUESTION),
                await say('{"desk": ""}'),
                await say('{"desk": "4"}'),
            )
        assert '"inputForm"' in first
        assert '"inputForm"' in again
        assert "差旅报销标准" in answered


class TestRAGFlow:
    VERSIONS = ("0.24", "0.25", "0.26")

    async def spoken(self, http: httpx.AsyncClient, path: str = RAGFLOW) -> list[Any]:
        asked = body(stream=True, extra_body={"reference": True})
        return [one["choices"][0] for one in data_of((await http.post(path, json=asked)).text)]

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_everything_is_said_twice_up_to_0_25(self, serving: Serving, version: str) -> None:
        async with serving("ragflow", version) as http:
            *spoken, copy, last = await self.spoken(http)
        text = "".join(one["delta"]["content"] for one in spoken)
        again = copy["delta"]["content"]
        assert copy["finish_reason"] is None
        assert (again == f"{text} [ID:0]") is (version != "0.26")
        assert last["delta"]["final_content"].endswith(" [ID:0]")
        assert last["delta"]["final_content"] == (again if version != "0.26" else text + again)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_the_path_and_the_wrong_key_are_those_of_the_version(
        self, serving: Serving, version: str
    ) -> None:
        async with serving("ragflow", version) as http:
            renamed = await http.post(RENAMED, json=body())
            wrong = await http.post(RAGFLOW, json=body(), headers={"Authorization": "Bearer wrong"})
        old = version == "0.24"
        assert renamed.status_code == (404 if old else 200)
        assert (wrong.status_code, wrong.json()["code"]) == ((200, 109) if old else (401, 401))

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("fault", ["knowledge.busy", "knowledge.abort"])
    async def test_an_error_is_text_on_a_line_of_its_own_and_says_too_much(
        self, serving: Serving, faults: FaultBoard, version: str, fault: str
    ) -> None:
        faults.switch_on(fault)
        async with serving("ragflow", version) as http:
            spoken = await self.spoken(http)
        assert spoken[-2]["delta"]["content"].startswith("\n**ERROR**: ")
        assert "http://10." in spoken[-2]["delta"]["content"]
        assert spoken[-1]["finish_reason"] == "stop"

    async def test_marks_can_be_the_old_ones(self, serving: Serving, faults: FaultBoard) -> None:
        faults.switch_on("knowledge.openai.old_marks")
        async with serving("ragflow", "") as http:
            *_, last = await self.spoken(http)
        assert last["delta"]["final_content"].endswith(" ##0$$")
