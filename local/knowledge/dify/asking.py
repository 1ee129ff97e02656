"""The body of a question, checked as Dify 1.12 checks it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.knowledge.tokens import well_formed

from .apps import QUESTION_VARIABLE, App
from .errors import invalid_field, rejected

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Ask:
    """What is asked.

    conversation: "" for a new one.
    files: as they are named in the body.
    """

    question: str
    user: str
    inputs: Mapping[str, Any]
    streamed: bool
    conversation: str
    files: tuple[Mapping[str, Any], ...]


def user_of(given: object) -> str:
    """The end user, without whom nothing is answered; raises RejectedError."""
    if not isinstance(given, str) or not given:
        raise rejected("invalid_param", "Arg user must be provided.")
    return well_formed(given)


def read_ask(body: Mapping[str, Any], app: App, *, form: str = "") -> Ask:
    """Read the body; raises RejectedError.

    form: a variable of the app's form that is required, besides the one for the question.
    """
    user = user_of(body.get("user"))
    inputs = body.get("inputs")
    if not isinstance(inputs, dict):
        raise invalid_field(app.payload, "inputs", "Input should be a valid dictionary", body)
    mode = body.get("response_mode") or "blocking"
    if mode not in ("streaming", "blocking"):
        raise invalid_field(app.payload, "response_mode", "Input should be 'blocking' or 'streaming'", body)
    question = body.get("query") if app.remembers else inputs.get(QUESTION_VARIABLE)
    if app.remembers and (not isinstance(question, str) or not question):
        raise invalid_field(app.payload, "query", "Field required", body)
    required = {form} if app.remembers else {QUESTION_VARIABLE, form}
    for name in sorted(required - {""}):
        if not inputs.get(name):
            raise rejected("invalid_param", f"{name} is required in input form")
    if mode == "blocking" and not app.blocking:
        raise rejected("invalid_param", "Agent Chat App does not support blocking mode")
    files = body.get("files")
    return Ask(
        question=well_formed(str(question)),
        user=user,
        inputs=inputs,
        streamed=mode == "streaming",
        conversation=_conversation(body, app) if app.remembers else "",
        files=tuple(one for one in files if isinstance(one, dict)) if isinstance(files, list) else (),
    )


def _conversation(body: Mapping[str, Any], app: App) -> str:
    given = body.get("conversation_id") or ""
    try:
        return str(uuid.UUID(given)) if given else ""
    except (ValueError, AttributeError, TypeError):
        raise invalid_field(
            app.payload, "conversation_id", "Value error, conversation_id must be a valid UUID", body
        ) from None
