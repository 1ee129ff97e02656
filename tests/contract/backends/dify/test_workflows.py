"""Dify's workflows and completion apps: one question, no conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Identifiers
from rag_on_dingtalk.errors import FailureKind
from tests.contract.backends.dialects.dify import DifyCompletionDialect, DifyDialect
from tests.contract.backends.dify.hearing import FLOWS, SAYS, hear

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


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

    assert seen.kind is FailureKind.FORM
    assert "Human Input" in str(seen.error)
