"""Conversations: made by the server, bound to a user, gone when deleted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from emulators.tests.contract.rag_server.clients import FOLLOW_UP, TRAVEL_QUESTION
from emulators.tests.contract.rag_server.dify.caller import CHAT, COMPLETION

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tests.contract.rag_server.dify.caller import Caller
    from emulators.tests.contract.rag_server.dify.conftest import Calling


async def begun(caller: Caller, user: str = "u-1") -> str:
    answer = (await caller.ask(question=TRAVEL_QUESTION, user=user)).json()
    return str(answer["conversation_id"])


async def test_no_id_begins_a_new_conversation(chat: Caller) -> None:
    ids = {await begun(chat), await begun(chat)}
    for nothing in ("", None):
        ids.add((await chat.ask(conversation_id=nothing)).json()["conversation_id"])
    assert len({uuid.UUID(one) for one in ids}) == 4


async def test_an_id_goes_on_with_the_conversation(chat: Caller) -> None:
    conversation = await begun(chat)
    answer = (await chat.ask(question=FOLLOW_UP, conversation_id=conversation)).json()
    assert answer["conversation_id"] == conversation
    assert "员工为 600 元" in answer["answer"]


async def test_an_unknown_id_another_users_and_a_deleted_one_are_404(chat: Caller) -> None:
    deleted = await begun(chat)
    gone = await chat.http.request("DELETE", f"/v1/conversations/{deleted}", json={"user": "u-1"})
    assert (gone.status_code, gone.content) == (204, b"")
    for conversation in (str(uuid.uuid4()), await begun(chat, "u-2"), deleted):
        response = await chat.ask(conversation_id=conversation, response_mode="streaming")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.json()["message"].startswith("Conversation Not Exists.")


async def test_a_conversation_can_be_gone_on_request(chat: Caller, faults: FaultBoard) -> None:
    conversation = await begun(chat)
    faults.switch_on("knowledge.dify.conversation_gone", count=1)
    assert (await chat.ask(conversation_id=conversation)).status_code == 404
    assert (await chat.ask(conversation_id=conversation)).status_code == 200


async def test_a_completion_remembers_nothing(calling: Calling) -> None:
    async with calling("completion") as caller:
        await caller.ask(COMPLETION, "年终奖怎么算")
        answer = (await caller.ask(COMPLETION, "什么时候发？")).json()
    assert "年终奖" not in answer["answer"]


async def test_conversations_are_listed_newest_first_and_renamed(chat: Caller) -> None:
    first, second = await begun(chat), await begun(chat)
    await begun(chat, "u-2")
    renamed = await chat.http.post(f"/v1/conversations/{first}/name", json={"name": "差旅", "user": "u-1"})
    assert renamed.json()["name"] == "差旅"
    listed = (await chat.http.get("/v1/conversations", params={"user": "u-1"})).json()
    assert {one["id"] for one in listed["data"]} == {first, second}
    latest = (await chat.http.get("/v1/conversations", params={"user": "u-1", "limit": "1"})).json()
    assert (len(latest["data"]), latest["has_more"]) == (1, True)


async def test_the_messages_of_a_conversation_are_listed_with_their_citations(chat: Caller) -> None:
    conversation = await begun(chat)
    await chat.ask(question=FOLLOW_UP, conversation_id=conversation)
    query = {"user": "u-1", "conversation_id": conversation}
    listed = (await chat.http.get("/v1/messages", params=query)).json()["data"]
    assert [one["query"] for one in listed] == [TRAVEL_QUESTION, FOLLOW_UP]
    assert listed[0]["retriever_resources"][0]["document_name"] == "差旅报销标准（2026 版）.md"
    assert listed[0]["feedback"] is None
    refused = await chat.http.get("/v1/messages", params={**query, "user": "u-2"})
    assert refused.status_code == 404


async def test_a_request_is_noted_with_its_conversation(chat: Caller) -> None:
    conversation = await begun(chat)
    await chat.ask(CHAT, FOLLOW_UP, conversation_id=conversation)
    assert [one.session_id for one in chat.server.requests] == [None, conversation]
