"""A product's verdict is reported once: the question is not asked again, and no circuit opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.base import Suggestions
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.pipeline.asking.listen import RETRYABLE, listen, may_be_asked_again
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.testing.outcome import ASK
from rag_on_dingtalk.testing.replayed import replay
from rag_on_dingtalk.testing.scripted import data, stream
from rag_on_dingtalk.worker.guarded_backend import OUTAGE_KINDS
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.bailian import BailianDialect
from tests.contract.backends.dialects.dify import DifyDialect, DifyWorkflowDialect
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect, OpenAIDialect, RAGFlowDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Ask
    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import ScriptedServer

DIFY, FLOW, FASTGPT, OPENAI = DifyDialect(), DifyWorkflowDialect(), FastGPTDialect(), OpenAIDialect()
CHATFLOW = DifyDialect()
CHATFLOW.app = "chatflow"

STARTED = DIFY.event("workflow_started", data={"id": "r-1"})
FLOW_STARTED = FLOW.event("workflow_started", data={"id": "r-1"})
RUNNING = b'event: flowNodeStatus\ndata: {"status":"running","name":"AI"}\n\n'


def interactive(kind: str, **params: object) -> bytes:
    return b"event: interactive\n" + data({"interactive": {"type": kind, "params": params}})


def finished(status: str, error: str = "") -> bytes:
    return FLOW.event("workflow_finished", data={"status": status, "outputs": None, "error": error})


VERDICTS: dict[str, tuple[Dialect, list[bytes], FailureKind]] = {
    "dify form": (CHATFLOW, [STARTED, DIFY.event("human_input_required", data={})], FailureKind.FORM),
    "dify form of a workflow": (
        FLOW,
        [FLOW_STARTED, FLOW.event("human_input_required", data={})],
        FailureKind.FORM,
    ),
    "dify form, first event": (FLOW, [FLOW.event("human_input_required", data={})], FailureKind.FORM),
    "dify paused": (FLOW, [FLOW_STARTED, FLOW.event("workflow_paused", data={})], FailureKind.FORM),
    "dify form that ran out of time": (
        FLOW,
        [FLOW.event("human_input_form_timeout", data={})],
        FailureKind.FORM,
    ),
    "dify finished as paused": (FLOW, [FLOW_STARTED, finished("paused")], FailureKind.FORM),
    "dify node failed": (FLOW, [FLOW_STARTED, finished("failed", "Node HTTP raised")], FailureKind.UPSTREAM),
    "dify node failed at once": (FLOW, [finished("failed", "boom")], FailureKind.UPSTREAM),
    "dify node ran into a limit": (
        FLOW,
        [FLOW_STARTED, finished("failed", "429 slow down")],
        FailureKind.BUSY,
    ),
    "dify stopped there": (FLOW, [FLOW_STARTED, finished("stopped")], FailureKind.UPSTREAM),
    "dify chatflow failed": (
        CHATFLOW,
        [STARTED, DIFY.event("error", code="invalid_param", status=400, message="Run failed: boom")],
        FailureKind.UPSTREAM,
    ),
    "fastgpt form": (
        FASTGPT,
        [RUNNING, interactive("userInput", inputForm=[{"key": "k"}])],
        FailureKind.FORM,
    ),
    "fastgpt form, first event": (FASTGPT, [interactive("userInput")], FailureKind.FORM),
    "fastgpt nested form": (
        FASTGPT,
        [
            interactive(
                "childrenInteractive", childrenResponse={"type": "userInput", "params": {"inputForm": []}}
            )
        ],
        FailureKind.FORM,
    ),
    "fastgpt payment": (FASTGPT, [RUNNING, interactive("paymentPause")], FailureKind.QUOTA),
    "fastgpt node failed": (
        FASTGPT,
        [RUNNING, b"event: error\n" + data({"message": "boom"})],
        FailureKind.UPSTREAM,
    ),
    "bad key of the provider": (
        OPENAI,
        [OPENAI.failure("401 Incorrect API key provided: sk-1")],
        FailureKind.UPSTREAM,
    ),
    "bad key behind AnythingLLM": (
        AnythingLLMDialect(),
        [AnythingLLMDialect().failure("401 Incorrect API key provided: sk-1")],
        FailureKind.UPSTREAM,
    ),
    "bad key as RAGFlow's text": (
        RAGFlowDialect(),
        [RAGFlowDialect().failure("Error code: 401 - Incorrect API key provided")],
        FailureKind.UPSTREAM,
    ),
    "unknown model behind Bailian": (
        BailianDialect(),
        [BailianDialect().failure("The model `x` does not exist")],
        FailureKind.UPSTREAM,
    ),
    "aborted by the engine": (OPENAI, [data(OPENAI.chunk("abort")), DONE], FailureKind.UPSTREAM),
    "aborted by AnythingLLM": (
        AnythingLLMDialect(),
        [data({"id": "1", "type": "abort", "textResponse": None, "close": True, "error": None})],
        FailureKind.UPSTREAM,
    ),
    "thought, then nothing": (
        OPENAI,
        [data(OPENAI.chunk(reasoning_content="想")), OPENAI.failure("socket hang up")],
        FailureKind.UPSTREAM,
    ),
}


@pytest.mark.parametrize("case", VERDICTS)
async def test_a_verdict_is_not_asked_for_twice(case: str) -> None:
    dialect, events, kind = VERDICTS[case]

    seen = await replay(dialect, *events)

    assert seen.kind is kind
    assert seen.error is not None
    assert not may_be_asked_again(seen.error)


@pytest.mark.parametrize("case", [name for name in VERDICTS if name != "thought, then nothing"])
async def test_a_verdict_is_no_outage(case: str) -> None:
    dialect, events, _ = VERDICTS[case]

    error = (await replay(dialect, *events)).error

    assert error is not None
    # A failed node of FastGPT is an `error` event like any other: it cannot be told from an outage.
    assert (
        error.verdict
        or error.kind not in OUTAGE_KINDS
        or case in {"fastgpt node failed", "dify chatflow failed"}
    )


@pytest.mark.parametrize("name", DIALECTS)
async def test_what_was_not_begun_is_asked_again(name: str) -> None:
    dialect = DIALECTS[name]()

    for status, body in (
        (503, b"{}"),
        (502, b"bad gateway"),
        (500, dialect.refusal("fetch failed").encode()),
    ):
        error = (await replay(dialect, body, status=status)).error
        assert error is not None
        assert may_be_asked_again(error), (status, body)


def test_the_two_lists_name_what_may_pass() -> None:
    assert {FailureKind.BUSY, FailureKind.UPSTREAM, FailureKind.UNREACHABLE} == RETRYABLE
    assert RETRYABLE | {FailureKind.TIMEOUT} == OUTAGE_KINDS


@pytest.mark.parametrize(
    "within",
    [
        lambda choice: choice,
        lambda choice: {"type": "childrenInteractive", "params": {"childrenResponse": choice}},
        lambda choice: {"type": "loopInteractive", "childrenResponse": choice},
    ],
    ids=["plain", "in a sub-flow", "in a loop"],
)
async def test_a_choice_becomes_buttons(within: object) -> None:
    choice = {
        "type": "userSelect",
        "params": {"description": "哪个城市？", "userSelectOptions": [{"value": "上海"}, {"value": "北京"}]},
    }
    assert callable(within)
    event = b"event: interactive\n" + data({"interactive": within(choice)})

    seen = await replay(FASTGPT, RUNNING, event, DONE)

    assert (seen.error, seen.text) == (None, "哪个城市？\n\n- 上海\n- 北京")
    assert Suggestions(("上海", "北京")) in seen.parts


async def test_a_form_after_text_keeps_the_text_and_its_own_sentence() -> None:
    seen = await replay(CHATFLOW, DIFY.text("先查到这些。"), DIFY.event("human_input_required", data={}))

    assert (seen.kind, seen.text) == (FailureKind.FORM, "先查到这些。")


@pytest.mark.parametrize("case", ["dify form", "dify node failed", "fastgpt form", "bad key of the provider"])
async def test_the_server_is_asked_once(case: str, http: httpx.AsyncClient, server: ScriptedServer) -> None:
    dialect, events, kind = VERDICTS[case]
    server.will(stream(events))

    async def prepare() -> Ask:
        return ASK

    failure = await listen(
        dialect.build(server.url, http),
        prepare,
        Draft(),
        seconds=30.0,
        on_text=lambda _: None,
        log=lambda *_, **__: None,
    )

    assert failure is kind
    assert len(server.received) == 1
