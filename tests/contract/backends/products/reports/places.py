"""Text that stands in a place where it is easily overlooked."""

from __future__ import annotations

import json
from typing import Any

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.scripted import body
from tests.contract.backends.products.reports.reporting import (
    ANSWER,
    DIFY,
    FIRST,
    FLOW,
    OPENAI,
    QUESTION,
    SECOND,
    STOP,
    THIRD,
    delta,
    refuses,
    report,
    says,
)

# What an event carries decides, and not its name.
PLACES = "text in places not looked at"
for app in ("chat", "chatflow", "agent"):
    report(
        f"Dify, {app}: the text comes as message_file",
        PLACES,
        DIFY,
        says(
            DIFY.event("message_file", id="m-1", answer=FIRST + SECOND),
            DIFY.event("message_file", id="m-1", answer=THIRD),
            *([DIFY.event("workflow_finished", data={"status": "succeeded"})] if app == "chatflow" else []),
            DIFY.event("message_end", metadata={}),
        ),
        settings={"app": app},
    )
PLAN = {"url": "/files/floor-plan.png", "filename": "floor-plan.png", "type": "image"}
report(
    "Dify workflow: its outputs are a file only",
    PLACES,
    FLOW,
    says(FLOW.end(outputs={"files": [PLAN]})),
    text="",
    files=("floor-plan.png",),
)
report(
    "Dify agent: it draws a picture only",
    PLACES,
    DIFY,
    says(
        DIFY.event("message_file", id="f", type="image", belongs_to="assistant", url="/files/drawn.png"),
        DIFY.event("message_end", metadata={}),
    ),
    text="",
    files=("",),
    settings={"app": "agent"},
)
OUTPUTS: list[tuple[dict[str, Any], str]] = [
    ({"楼层": 7}, "7"),
    ({"面积": 36.5}, "36.5"),
    ({"可补办": False}, "false"),
    ({"材料": ["工牌", "身份证"]}, "- 工牌\n- 身份证"),
    ({"result": {"answer": ANSWER}}, ANSWER),
    ({"工本费": 20, "地点": "前台"}, "工本费: 20\n\n地点: 前台"),
]
for outputs, text in OUTPUTS:
    report(
        f"Dify workflow: its outputs are {outputs}", PLACES, FLOW, says(FLOW.end(outputs=outputs)), text=text
    )
report("OpenAI: the text is a refusal", PLACES, OPENAI, says(delta(content=None, refusal=ANSWER), STOP))
COMPLETION = {
    "object": "chat.completion",
    "choices": [{"message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
}
WHOLE = json.dumps(COMPLETION, ensure_ascii=False)
report("OpenAI: one document in place of a stream", PLACES, OPENAI, body(200, WHOLE))
report("OpenAI: one document, and [DONE]", PLACES, OPENAI, body(200, f"{WHOLE}\n\ndata: [DONE]\n\n"))
report(
    "Dify: a document in place of a stream",
    PLACES,
    DIFY,
    refuses(200, {"event": "message", "answer": ANSWER, "query": QUESTION}),
    text="",
    failure=FailureKind.UPSTREAM,
    advice="answered with JSON instead of a stream",
)
