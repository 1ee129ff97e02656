"""A chunk that holds text and nothing else takes a short way; what it says is what the long way says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.openai_compatible import events
from rag_on_dingtalk.backends.openai_compatible.events import OpenAIReading
from rag_on_dingtalk.backends.transport.events import Event
from rag_on_dingtalk.backends.verdicts.failures import Failures
from rag_on_dingtalk.errors import BackendError
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import OpenAICompatible

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import AnswerPart

WORDS = st.sampled_from(
    ["", "补卡", "三次。", "<think>", "</think>", "\ud83d", "\ude42", "**ERROR**: x", "[ID:1]"]
)
FLAVOURS = ("plain", "fastgpt", "ragflow", "ark-bots", "open-webui")


def _some(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


DELTAS = _some(
    content=WORDS | st.none() | st.just([{"type": "text", "text": "补"}]),
    role=st.just("assistant"),
    reasoning_content=WORDS,
    refusal=WORDS | st.none(),
    reference=st.just({"chunks": []}),
)
CHOICES = _some(
    index=st.integers(0, 1),
    delta=DELTAS | st.none(),
    finish_reason=st.sampled_from([None, "", "stop", "length", "abort", "tool_calls"]),
    logprobs=st.none() | st.just({}),
    message=_some(content=WORDS),
    text=WORDS,
)
CHUNKS = _some(
    id=st.sampled_from(["", "a", "b"]),
    object=st.sampled_from(["chat.completion.chunk", "chat.completion", "error"]),
    model=st.just("m"),
    choices=st.lists(CHOICES, max_size=2) | st.none(),
    error=st.just({"message": "x"}),
    usage=st.none() | st.just({"prompt_tokens": 1, "completion_tokens": 2}),
    sources=st.just([{"source": {"name": "x"}}]),
)
ANSWERS = st.lists(st.tuples(st.sampled_from(["", "answer", "error"]), CHUNKS), max_size=6)


def heard(answer: list[tuple[str, dict[str, Any]]], flavour: Any) -> tuple[list[AnswerPart], str]:
    settings = OpenAICompatible(
        base_url="http://kb.example.com/v1", api_key="env:K", model="m", flavour=flavour
    )
    reading = OpenAIReading(Failures("The backend", Secret("sk-1"), "Look."), settings)
    parts: list[AnswerPart] = []
    try:
        for name, chunk in answer:
            parts += reading.hear(Event(chunk, name))
        parts += reading.close()
    except BackendError as error:
        return parts, f"{error.kind} {error}"
    return parts, ""


@pytest.mark.parametrize("flavour", FLAVOURS)
@given(answer=ANSWERS)
def test_both_ways_say_the_same(flavour: str, answer: list[tuple[str, dict[str, Any]]]) -> None:
    short = heard(answer, flavour)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "plain_text", lambda _chunk: "")
        long = heard(answer, flavour)

    assert short == long


def test_the_usual_chunk_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAIReading, "_chunk", None)
    choice = {"index": 0, "delta": {"content": "补卡三次。"}, "logprobs": None, "finish_reason": None}
    chunk = {"object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}

    parts, _ = heard([("", chunk)], "plain")

    assert [getattr(part, "delta", "") for part in parts] == ["补卡三次。"]
