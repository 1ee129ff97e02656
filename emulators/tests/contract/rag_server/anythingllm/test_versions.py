"""What each version of AnythingLLM sends differently, and its agents."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emulators.rag_server import PRODUCTS, KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import (
    API_KEY,
    Visitor,
    client_of,
    events_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.clients import Naps

    Visiting = Callable[[str], AbstractAsyncContextManager[Visitor]]

VERSIONS = ["1.8", "1.11", "1.12", "1.16"]
QUESTION = "年假几天"
STREAM = "/api/v1/workspace/handbook/stream-chat"


@pytest.fixture
def visiting(faults: FaultBoard, naps: Naps) -> Visiting:
    """Opens a server of some version and gives its visitor."""
    PRODUCTS["anythingllm"].declare(faults)

    @asynccontextmanager
    async def visit(version: str) -> AsyncIterator[Visitor]:
        server = KnowledgeServer(api_key=API_KEY, faults=faults, version=version, piece_delay=0, sleep=naps)
        async with client_of(server) as http:
            yield Visitor(http)
        await server.stop()

    return visit


@pytest.mark.parametrize("version", VERSIONS)
async def test_sources_are_in_the_closing_chunk_up_to_1_8_and_in_the_last_event_since(
    visiting: Visiting, version: str
) -> None:
    async with visiting(version) as visitor:
        *_, closing, last = await visitor.stream(QUESTION)
    assert (closing["type"], closing["close"], last["type"]) == (
        "textResponseChunk",
        True,
        "finalizeResponseStream",
    )
    with_sources, without = (closing, last) if version == "1.8" else (last, closing)
    assert with_sources["sources"][0]["title"] == "休假制度.md"
    assert not without.get("sources")


async def test_one_answer_has_several_sources_and_one_document_more_than_once(visiting: Visiting) -> None:
    async with visiting("1.8") as visitor:
        *_, closing, _ = await visitor.stream("差旅报销的标准和流程")
    titles = [one["title"] for one in closing["sources"]]
    assert len(titles) > len(set(titles)) > 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_source_from_the_web_has_its_address_behind_link(visiting: Visiting, version: str) -> None:
    async with visiting(version) as visitor:
        sources = (await visitor.ask("IT 服务台的电话是多少")).json()["sources"]
    pages = {one["title"]: one["chunkSource"] for one in sources}
    assert pages["IT 服务手册"] == "link://https://wiki.xinghe.example/it/services"
    assert all(one["url"].startswith("file://") for one in sources)


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_mode_is_query_by_default_until_the_workspace_decides(
    visiting: Visiting, version: str
) -> None:
    path = "/api/v1/workspace/handbook/chat"
    async with visiting(version) as visitor:
        unnamed = await visitor.http.post(path, json={"message": "zzz qqq"})
        automatic = await visitor.http.post(path, json={"message": QUESTION, "mode": "automatic"})
    old = version in {"1.8", "1.11"}
    # The workspace's own mode is `chat`, which answers whatever it finds.
    assert (unnamed.json()["metrics"] == {}) is old
    assert automatic.status_code == (400 if old else 200)
    if old:
        assert automatic.json()["error"] == "automatic is not a valid mode."


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_document_with_the_question_is_a_picture_to_1_8(visiting: Visiting, version: str) -> None:
    content = "data:text/plain;base64," + base64.b64encode("工位在四楼。".encode()).decode()
    attachment = {"name": "desk.txt", "mime": "application/anythingllm-document", "contentString": content}
    async with visiting(version) as visitor:
        answer = (await visitor.ask(QUESTION, attachments=[attachment])).json()
    titles = [one["title"] for one in answer["sources"]]
    assert ("desk.txt" in titles) is (version != "1.8")
    assert ("1 张图片" in answer["textResponse"]) is (version == "1.8")


@pytest.mark.parametrize("version", VERSIONS)
async def test_less_is_measured_in_1_8(visiting: Visiting, version: str) -> None:
    async with visiting(version) as visitor:
        metrics = (await visitor.ask(QUESTION)).json()["metrics"]
    assert ("model" in metrics) is ("timestamp" in metrics) is (version != "1.8")
    assert metrics["total_tokens"] > 0


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_thread_of_an_unknown_workspace_is_a_500_in_1_8(visiting: Visiting, version: str) -> None:
    async with visiting(version) as visitor:
        response = await visitor.http.post(
            "/api/v1/workspace/nope/thread/t/chat", json={"message": QUESTION, "mode": "chat"}
        )
    assert response.status_code == (500 if version == "1.8" else 404)


class TestAgents:
    async def events(self, visitor: Visitor, message: str = QUESTION) -> list[dict[str, Any]]:
        response = await visitor.http.post(STREAM, json={"message": message, "mode": "chat"})
        return events_of(response.text)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_everything_but_the_last_event_has_an_id_and_no_uuid(
        self, visiting: Visiting, version: str
    ) -> None:
        async with visiting(version) as visitor:
            *events, last = await self.events(visitor, f"@agent {QUESTION}")
        assert {tuple(sorted({"id", "uuid"} & set(event))) for event in events} == {("id",)}
        assert ("uuid" in last, "id" in last) == (True, False)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_the_whole_text_comes_again_and_again(
        self, visiting: Visiting, faults: FaultBoard, version: str
    ) -> None:
        faults.switch_on("knowledge.anythingllm.agent")
        async with visiting(version) as visitor:
            events = await self.events(visitor)
        *_, whole, last = events
        assert (whole["type"], last["type"]) == ("textResponse", "finalizeResponseStream")
        assert whole["textResponse"] == last["textResponse"]
        assert last["textResponse"].startswith("根据")
        # 1.8 does not stream them.
        assert text_of(events) == ("" if version == "1.8" else last["textResponse"])
        assert "chatId" not in last
        assert last["thoughts"]
        assert ("sources" in last) is (version == "1.16")
        assert any(event["type"] == "agentThought" for event in events)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_a_failing_model_is_an_abort_with_an_id(
        self, visiting: Visiting, faults: FaultBoard, version: str
    ) -> None:
        faults.switch_on("knowledge.anythingllm.agent")
        faults.switch_on("knowledge.busy")
        async with visiting(version) as visitor:
            *_, last = await self.events(visitor)
        assert (last["type"], last["error"][:3], "id" in last) == ("abort", "429", True)

    async def test_what_an_agent_said_is_remembered(self, visiting: Visiting) -> None:
        async with visiting("1.16") as visitor:
            answer = (await visitor.ask(f"@agent {QUESTION}", sessionId="s", mode="chat")).json()
            stored = await visitor.chats("s")
        assert answer["thoughts"]
        assert answer["textResponse"] == stored[-1]["content"]
