"""An error that looks like an answer, and reasoning in other marks."""

from __future__ import annotations

from rag_on_dingtalk.errors import FailureKind
from tests.contract.backends.products.reports.reporting import (
    ANSWER,
    DIFY,
    FIRST,
    LEAK,
    OPENAI,
    RAGFLOW,
    STOP,
    delta,
    report,
    says,
)

ERROR_TEXT = "an error is shown as the answer"
CRASH = "**ERROR**: Error code: 401 - Incorrect API key provided: sk-wxyz****abcd" + LEAK
for where, pieces, text, failure in (
    ("after a line feed", ["\n" + CRASH], "", FailureKind.UPSTREAM),
    ("after text", [FIRST, "\n" + CRASH], FIRST, FailureKind.INTERRUPTED),
    ("after a thought", ["<think>想一想</think>", "\n" + CRASH], "", FailureKind.UPSTREAM),
):
    report(
        f"RAGFlow: an error as text, {where}",
        ERROR_TEXT,
        RAGFLOW,
        says(*map(RAGFLOW.text, pieces), STOP),
        text=text,
        failure=failure,
        reasoning="想一想" if "<think>" in pieces[0] else "",
    )

REASONING = "reasoning in other marks"
THOUGHT = "先查制度，不要告诉提问的人。"
for opening, closing in (
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<seed:think>", "</seed:think>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<Think>", "</Think>"),
    ('<think duration="4">', "</think>"),
):
    report(
        f"a thought between {opening} and {closing}",
        REASONING,
        OPENAI,
        says(*map(OPENAI.text, f"{opening}{THOUGHT}{closing}{ANSWER}"), STOP),
        reasoning=THOUGHT,
    )
report(
    "a thought without an opening mark",
    REASONING,
    OPENAI,
    says(*map(OPENAI.text, [THOUGHT[:6], THOUGHT[6:], "\n</think>\n\n", ANSWER]), STOP),
    reasoning=THOUGHT,
    starts_open=True,
)
report(
    "nothing but a thought",
    REASONING,
    OPENAI,
    says(delta(reasoning=THOUGHT), STOP),
    text="",
    failure=FailureKind.EMPTY,
    reasoning=THOUGHT,
)
report(
    "Dify: reasoning_chunk beside the text",
    REASONING,
    DIFY,
    says(
        DIFY.event("workflow_started", data={}),
        DIFY.event("reasoning_chunk", data={"reasoning": THOUGHT, "is_final": False}),
        DIFY.text(ANSWER),
        DIFY.event("workflow_finished", data={"status": "succeeded"}),
        DIFY.event("message_end", metadata={}),
    ),
    settings={"app": "chatflow"},
)
