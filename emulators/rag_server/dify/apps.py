"""The kinds of app, and what each does differently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class App:
    """A kind of app.

    mode: what the product calls it.
    path: where it is asked.
    payload: what the product's validator calls the body.
    blocking: whether it can answer as a whole.
    flow: it is made of nodes.
    remembers: it has conversations.
    """

    mode: str
    path: str
    payload: str
    blocking: bool = True
    flow: bool = False
    remembers: bool = True


CHAT_PATH = "/v1/chat-messages"
COMPLETION_PATH = "/v1/completion-messages"
WORKFLOW_PATH = "/v1/workflows/run"

APPS = {
    "chat": App("chat", CHAT_PATH, "ChatRequestPayload"),
    "agent": App("agent-chat", CHAT_PATH, "ChatRequestPayload", blocking=False),
    "chatflow": App("advanced-chat", CHAT_PATH, "ChatRequestPayload", flow=True),
    "workflow": App("workflow", WORKFLOW_PATH, "WorkflowRunPayload", flow=True, remembers=False),
    "completion": App("completion", COMPLETION_PATH, "CompletionRequestPayload", remembers=False),
}

#: The variable that takes the question where there is no field for it.
QUESTION_VARIABLE = "query"
