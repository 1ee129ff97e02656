"""Verdicts, which no retry helps against, and events that arrived damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.scripted import data
from tests.contract.backends.dialects.openai import DONE
from tests.contract.backends.products.reports.reporting import (
    ANSWER,
    ANYTHINGLLM,
    BAILIAN,
    DIFY,
    FASTGPT,
    FIRST,
    FLOW,
    LEAK,
    OPENAI,
    RAGFLOW,
    SECOND,
    THIRD,
    delta,
    report,
    says,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.testing.dialect import Dialect


# A verdict is told once: one request, and its own sentence.
VERDICT = "a verdict is no passing illness"
report(
    "Dify workflow: it waits for a form",
    VERDICT,
    FLOW,
    says(FLOW.event("workflow_started", data={}), FLOW.event("human_input_required", data={})),
    text="",
    failure=FailureKind.FORM,
)
report(
    "Dify chatflow: it waits for a form after some text",
    VERDICT,
    DIFY,
    says(
        DIFY.event("workflow_started", data={}), DIFY.text(FIRST), DIFY.event("human_input_required", data={})
    ),
    text=FIRST,
    failure=FailureKind.FORM,
    settings={"app": "chatflow"},
)
for status, error in (("stopped", ""), ("failed", "HTTP node: 502 Bad Gateway" + LEAK)):
    report(
        f"Dify workflow: it has {status}",
        VERDICT,
        FLOW,
        says(FLOW.event("workflow_started", data={}), FLOW.end(status=status, error=error)),
        text="",
        failure=FailureKind.UPSTREAM,
    )
report(
    "FastGPT: a flow waits for a form",
    VERDICT,
    FASTGPT,
    says(
        b'event: flowNodeStatus\ndata: {"status":"running"}\n\n',
        b"event: interactive\n" + data({"interactive": {"type": "userInput", "params": {"inputForm": []}}}),
    ),
    text="",
    failure=FailureKind.FORM,
)

# Damage is repaired, or the person is told.
DAMAGE = "damage is taken for a ping"


def damaged(how: str, middle: bytes, *log: str, dialect: Dialect = OPENAI, **expected: Any) -> None:
    script = says(dialect.text(FIRST), middle, dialect.text(THIRD), dialect.end())
    sources = ("员工手册.md",) if dialect.cites else ()
    report(how, DAMAGE, dialect, script, log=log, **{"sources": sources, **expected})


def json_of(event: bytes) -> bytes:
    return event.partition(b"data:")[2].strip()


LOST: dict[str, Any] = {"text": FIRST + THIRD, "failure": FailureKind.INTERRUPTED}
for product in (OPENAI, DIFY, ANYTHINGLLM, BAILIAN, FASTGPT, RAGFLOW):
    name = type(product).__name__.removesuffix("Dialect")
    piece = product.text(SECOND)
    damaged(f"{name}: one line feed between two events", piece.rstrip(b"\n") + b"\n", dialect=product)
    damaged(
        f"{name}: an event is cut",
        piece.rpartition(b"data:")[0] + b"data: " + json_of(piece)[:-9] + b"\n\n",
        "unreadable",
        dialect=product,
        **LOST,
    )
damaged(
    "two objects on one line",
    b"data: " + json_of(delta(content=SECOND[:3])) + json_of(delta(content=SECOND[3:])) + b"\n\n",
    "repaired",
)
damaged(
    "a raw control character in a string",
    delta(content="请到@一楼前台").replace(b"@", b"\x0b"),
    "repaired",
)
damaged(
    "an escape that JSON does not know",
    delta(content="请到@q一楼前台").replace(b"@", b"\\"),
    "repaired",
    text=FIRST + "请到\\q一楼前台" + THIRD,
)
damaged(
    "a plain text in place of an event",
    b"data: upstream connect error" + LEAK.encode() + b"\n\n",
    "unreadable",
    **LOST,
)
report(
    "an error event in plain words after text",
    DAMAGE,
    OPENAI,
    says(OPENAI.text(FIRST), b"event: error\ndata: worker died" + LEAK.encode() + b"\n\n", DONE),
    text=FIRST,
    failure=FailureKind.INTERRUPTED,
)
report(
    "a blank line between event: error and its words",
    DAMAGE,
    OPENAI,
    says(OPENAI.text(FIRST), b"event: error\n\ndata: worker died" + LEAK.encode() + b"\n\n", DONE),
    text=FIRST,
    failure=FailureKind.INTERRUPTED,
)
report(
    "an error document in the middle, and [DONE]",
    DAMAGE,
    OPENAI,
    says(OPENAI.text(FIRST), data({"error": {"message": "engine stopped" + LEAK}}), DONE),
    text=FIRST,
    failure=FailureKind.INTERRUPTED,
)
report(
    "a doubled prefix, [DONE] included",
    DAMAGE,
    OPENAI,
    says(b"data: " + delta(content=ANSWER).rstrip() + b"\ndata:\ndata:\n\n", b"data: data: [DONE]\n\n"),
    log=("repaired",),
)
