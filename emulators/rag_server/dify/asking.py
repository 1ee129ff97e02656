"""The body of a question, checked as each version of Dify checks it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.rag_server.dify.apps import QUESTION_VARIABLE, App
from emulators.rag_server.dify.errors import (
    MISSING,
    NO_MAPPING,
    NO_MODE,
    NO_UUID,
    Problem,
    invalid_field,
    rejected,
)
from emulators.rag_server.dify.versions import V0_15, V1_12
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.rag_server.http.router import RejectedError
    from emulators.rag_server.versions import Version


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


def read_ask(body: Mapping[str, Any], app: App, version: Version, *, form: str = "") -> Ask:
    """Read the body; raises RejectedError.

    form: a variable of the app's form that is required, besides the one for the question.
    """

    def wrong(name: str, problem: Problem) -> RejectedError:
        return invalid_field(app.payload, name, problem, body, version)

    user = user_of(body.get("user"))
    inputs = body.get("inputs")
    if not isinstance(inputs, dict):
        raise wrong("inputs", MISSING if inputs is None else NO_MAPPING)
    mode = body.get("response_mode") or "blocking"
    if mode not in ("streaming", "blocking"):
        raise wrong("response_mode", NO_MODE)
    question = body.get("query") if app.remembers else inputs.get(QUESTION_VARIABLE)
    if app.remembers and (not isinstance(question, str) or not question):
        raise wrong("query", MISSING)
    given = body.get("conversation_id") or ""
    if app.remembers and not _may_be_a_conversation(given):
        raise wrong("conversation_id", NO_UUID)
    if given and V0_15 <= version < V1_12:
        # A conversation keeps the inputs of its first message and does not look at later ones.
        form = ""
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
        conversation=str(uuid.UUID(str(given))) if app.remembers and given else "",
        files=tuple(one for one in files if isinstance(one, dict)) if isinstance(files, list) else (),
    )


def _may_be_a_conversation(given: object) -> bool:
    try:
        return not given or bool(uuid.UUID(str(given)))
    except ValueError:
        return False
