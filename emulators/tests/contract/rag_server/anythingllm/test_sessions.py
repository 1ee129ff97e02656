from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.faults import FaultBoard
from emulators.rag_server import KnowledgeServer
from emulators.tests.contract.rag_server.anythingllm.visitor import API_KEY, Visitor, client_of, text_of
from emulators.tests.contract.rag_server.clients import TRAVEL_QUESTION

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_follow_up_is_understood_within_its_session(visitor: Visitor) -> None:
    await visitor.stream(TRAVEL_QUESTION, sessionId="s")
    text = text_of(await visitor.stream("那一线城市的住宿呢？", sessionId="s"))
    assert text.startswith("根据《差旅报销标准（2026 版）》")
    assert "员工为 600 元" in text
    assert "180 美元" in text_of(await visitor.stream("那国外出差呢？", sessionId="s"))


async def test_another_session_does_not_know_what_was_asked(visitor: Visitor) -> None:
    await visitor.ask("年终奖怎么算", sessionId="a")
    assert "年终奖" in (await visitor.ask("什么时候发？", sessionId="a")).json()["textResponse"]
    assert "chatId" not in (await visitor.ask("什么时候发？", sessionId="b")).json()


async def test_the_same_session_id_in_two_workspaces_is_two_sessions(visitor: Visitor) -> None:
    await visitor.ask("年终奖怎么算", sessionId="s")
    assert "chatId" not in (await visitor.ask("什么时候发？", sessionId="s", workspace="it")).json()


async def test_a_number_is_as_good_a_session_id_as_its_digits(visitor: Visitor) -> None:
    await visitor.ask("年假几天", sessionId=7)
    question, _answer = await visitor.chats("7")
    assert question["content"] == "年假几天"


async def test_without_session_id_everybody_shares_one_history(visitor: Visitor) -> None:
    await visitor.ask("年终奖怎么算")
    assert "chatId" in (await visitor.ask("什么时候发？")).json()
    assert len(await visitor.chats()) == 4


async def test_a_nonsense_follow_up_after_hits_is_answered_without_sources(visitor: Visitor) -> None:
    await visitor.ask(TRAVEL_QUESTION, sessionId="s")
    answer = (await visitor.ask("今天天气怎么样？", sessionId="s")).json()
    assert answer["sources"] == []
    assert answer["chatId"] == 2
    assert answer["textResponse"].startswith("手册里没有找到")


async def test_a_reset_alone_is_confirmed(visitor: Visitor) -> None:
    blocking = (await visitor.ask("", sessionId="s", reset=True)).json()
    [streamed] = await visitor.stream("", sessionId="s", reset=True)
    for answer in (blocking, streamed):
        assert answer["textResponse"] == "Chat history was reset!"
        assert (answer["type"], answer["metrics"], "chatId" in answer) == ("textResponse", {}, False)


async def test_a_reset_with_a_question_answers_it_without_the_past(visitor: Visitor) -> None:
    await visitor.ask("年终奖怎么算", sessionId="s")
    answer = (await visitor.ask("什么时候发？", sessionId="s", reset=True)).json()
    assert "chatId" not in answer
    listed = [entry["content"] for entry in await visitor.chats("s") if entry["role"] == "user"]
    assert listed == ["年终奖怎么算", "什么时候发？"]


async def test_stored_chats_are_pairs_of_question_and_answer(visitor: Visitor) -> None:
    answer = (await visitor.ask("年假几天", sessionId="s")).json()
    question, reply = await visitor.chats("s")
    assert (question["role"], question["content"], question["chatId"]) == ("user", "年假几天", 1)
    assert (reply["role"], reply["type"], reply["content"]) == ("assistant", "query", answer["textResponse"])
    assert reply["sources"] == answer["sources"]
    assert question["sentAt"] == reply["sentAt"]


async def test_stored_chats_can_be_limited_and_turned_round(visitor: Visitor) -> None:
    for question in ("年假几天", "病假几天"):
        await visitor.ask(question, sessionId="s")
    latest = await visitor.chats("s", limit=1, orderBy="desc")
    assert latest[0]["content"] == "病假几天"
    assert len(latest) == 2


async def test_chats_of_an_unknown_workspace_are_a_bare_400(visitor: Visitor) -> None:
    response = await visitor.http.get("/api/v1/workspace/nope/chats")
    assert (response.status_code, response.text) == (400, "Bad Request")


async def test_sessions_in_a_file_survive_a_restart(tmp_path: Path) -> None:
    async def ask_a_fresh_server(question: str) -> str:
        server = KnowledgeServer(
            api_key=API_KEY, faults=FaultBoard(), piece_delay=0, history=tmp_path / "chats.sqlite"
        )
        async with client_of(server) as http:
            answer = (await Visitor(http).ask(question, sessionId="s")).json()
        await server.stop()
        return str(answer["textResponse"])

    await ask_a_fresh_server("年终奖怎么算")
    assert "年终奖" in await ask_a_fresh_server("什么时候发？")
