"""What Dify is told and asked beside the answer: follow-up questions, stopping, ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Suggestions
from rag_on_dingtalk.errors import BackendError
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import Move, body, data, stream
from tests.contract.backends.dialects.dify import DifyCompletionDialect, DifyDialect
from tests.contract.backends.dify.hearing import FLOWS, SAYS, refusal

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


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
