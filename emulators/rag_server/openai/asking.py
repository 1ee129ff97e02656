"""The body of a chat completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.rag_server.openai.errors import OpenAIError, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True)
class Ask:
    """What is asked.

    exchanges: the questions before this one, with their answers.
    images: addresses and data URIs.
    usage: whether a stream is to end with the token counts.
    """

    model: str
    question: str
    exchanges: tuple[tuple[str, str], ...]
    images: tuple[str, ...]
    streamed: bool
    usage: bool


def read_ask(body: Mapping[str, Any]) -> Ask:
    """Read the body; raises OpenAIError."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise OpenAIError("invalid_request", "'messages' is a required property")
    for at, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise OpenAIError("invalid_request", f"messages[{at}] has no valid role")
    last = messages[-1]
    question, images = text_of(last.get("content")), tuple(images_of(last.get("content")))
    if last["role"] != "user" or not (question or images):
        raise OpenAIError("invalid_request", "the last message must be the user's and have content")
    options = body.get("stream_options")
    return Ask(
        model=str(body.get("model") or ""),
        question=question,
        exchanges=tuple(exchanges_of(messages[:-1])),
        images=images,
        streamed=body.get("stream") is True,
        usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def images_of(content: object) -> Iterable[str]:
    """Addresses and data URIs of the pictures in a message's content."""
    for part in content if isinstance(content, list) else []:
        picture = part.get("image_url") if isinstance(part, dict) else None
        address = picture.get("url") if isinstance(picture, dict) else picture
        if isinstance(address, str):
            yield address


def exchanges_of(messages: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """The questions in messages, each with its answer."""
    question = ""
    for message in messages:
        if message.get("role") == "user":
            question = text_of(message.get("content"))
        elif message.get("role") == "assistant" and question:
            yield question, text_of(message.get("content"))
            question = ""
