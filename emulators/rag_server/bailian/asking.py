"""The body of a call to an application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.rag_server.bailian.errors import BailianError, question_of
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Ask:
    """What is asked.

    exchanges: earlier questions and answers, or None for those the session remembers.
    session: "" for a new one.
    images: public addresses.
    references: `doc_reference_type`.
    incremental: a stream's events hold what is new, not all there is.
    thoughts: `has_thoughts`; flow: `flow_stream_mode`.
    """

    question: str
    exchanges: tuple[tuple[str, str], ...] | None
    session: str
    images: tuple[str, ...]
    references: str
    incremental: bool
    thoughts: bool
    flow: str


def read_ask(body: Mapping[str, Any]) -> Ask:
    """Read the body; raises BailianError."""
    inputs, parameters = _mapping(body.get("input")), _mapping(body.get("parameters"))
    question = question_of(inputs)
    if not question:
        raise BailianError("InvalidParameter", "Required input parameter missing: prompt")
    messages, images = inputs.get("messages"), inputs.get("image_list")
    earlier = messages if isinstance(messages, list) and messages else None
    return Ask(
        question=question,
        exchanges=None if earlier is None else tuple(_exchanges(earlier[:-1])),
        # With messages the session is not looked at.
        session="" if earlier else well_formed(str(inputs.get("session_id") or "")),
        images=tuple(map(str, images)) if isinstance(images, list) else (),
        references=str(inputs.get("doc_reference_type") or ""),
        incremental=parameters.get("incremental_output") is True,
        thoughts=parameters.get("has_thoughts") is True,
        flow=str(parameters.get("flow_stream_mode") or ""),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _exchanges(messages: list[Any]) -> Iterator[tuple[str, str]]:
    question = ""
    for message in map(_mapping, messages):
        text = well_formed(str(message.get("content") or ""))
        if message.get("role") == "user":
            question = text
        elif message.get("role") == "assistant" and question:
            yield question, text
            question = ""
