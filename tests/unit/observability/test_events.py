"""A question's event: what stands in the log, in the row and in the counts."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.events.__main__ import OUTPUT, document
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.observability.audit.vocabulary import ACTS, is_sensitive
from rag_on_dingtalk.observability.events import (
    NOT_LOGGED,
    Act,
    QuestionEvent,
    counts_of,
    log_fields_of,
    question_row,
    read_question,
)
from rag_on_dingtalk.observability.log_lines import own_fields
from rag_on_dingtalk.pipeline.remember import event_of
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.turns.outcome import Outcome, Timings
from tests.builders import NOW_MS, a_bot, a_question

EVENT = event_of(
    a_question(group=True, asked_ms=NOW_MS),
    Outcome(
        channel="card",
        answer="五天。",
        citations=(Citation(title="休假制度"),),
        calls=5,
        facts={"stage": "generate", "prompt_tokens": 900, "completion_tokens": 40},
        timings=Timings(claimed=20, first_piece=900, first_frame=1_000, closed=4_000),
    ),
    a_bot(),
    attempt=1,
    started_ms=NOW_MS + 300,
)


def test_times_count_from_the_message() -> None:
    assert (EVENT.waited_ms, EVENT.first_text_ms, EVENT.total_ms) == (320, 1_300, 4_300)
    assert (EVENT.outcome, EVENT.backend, EVENT.chat) == ("answered", "anythingllm", "group")
    assert (EVENT.citations, EVENT.characters, EVENT.prompt_tokens) == (1, 3, 900)


def test_the_log_has_no_person_no_conversation_and_no_word() -> None:
    fields = log_fields_of(EVENT)

    assert {"asker", "conversation", "question", "feedback", "deeper"} == NOT_LOGGED
    assert not NOT_LOGGED & set(fields)
    assert "年假" not in json.dumps(fields, ensure_ascii=False)
    assert "user0001" not in json.dumps(fields)


@pytest.mark.parametrize("struct", [QuestionEvent, Act])
def test_no_field_takes_the_place_of_another_field_of_a_log_line(struct: type[msgspec.Struct]) -> None:
    names = {field.name: 1 for field in msgspec.structs.fields(struct)}

    assert own_fields({**names}) == names


def test_a_row_reads_back_as_the_event_it_was_written_for() -> None:
    key = (f"{EVENT.bot}/{EVENT.day}", EVENT.asked_ms, EVENT.turn_id)

    assert read_question(key, {**question_row(EVENT), "of_a_later_version": 1}) == EVENT


def test_a_bot_may_keep_no_question() -> None:
    bot = a_bot(operations=OperationsSettings(keep_questions=False))

    assert event_of(a_question(), Outcome(), bot, attempt=1, started_ms=NOW_MS).question == ""


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        (Outcome(facts={"stage": "generate"}), "answered"),
        (Outcome(facts={"stage": "answer_cache", "cache": "hit"}), "answered"),
        (Outcome(facts={"stage": "generate"}, nothing_found=True), "nothing_found"),
        (Outcome(facts={"stage": "generate"}, failure=FailureKind.BUSY.value), "failed"),
        (Outcome(facts={"stage": "generate"}, failure=FailureKind.STOPPED.value), "stopped"),
        (Outcome(facts={"stage": "given_up"}, failure=FailureKind.INTERNAL.value), "failed"),
        (Outcome(facts={"stage": "commands"}), "commands"),
        (Outcome(facts={"stage": "access"}), "refused"),
        (Outcome(facts={"stage": "limits"}, failure=FailureKind.LIMITED.value), "refused"),
        # A row of an older version, delivered by this one.
        (Outcome(), "answered"),
    ],
)
def test_outcomes_by_what_the_turn_says(outcome: Outcome, named: str) -> None:
    event = event_of(a_question(), outcome, a_bot(), attempt=1, started_ms=NOW_MS)

    assert event.outcome == named
    assert counts_of(event)[f"outcome_{named}"] == 1


@given(
    first=st.integers(0, 10**9),
    total=st.integers(0, 10**9),
    outcome=st.sampled_from(["answered", "nothing_found", "failed", "commands"]),
)
def test_every_question_counts_once_and_its_times_in_one_bucket_each(
    first: int, total: int, outcome: str
) -> None:
    event = msgspec.structs.replace(EVENT, outcome=outcome, first_text_ms=first, total_ms=total)
    counts = counts_of(event)
    timed = outcome in ("answered", "nothing_found")

    assert (counts["asked"], counts[f"outcome_{outcome}"]) == (1, 1)
    for which in ("first", "total"):
        assert sum(n for name, n in counts.items() if name.startswith(f"{which}_le_")) == int(timed)
    assert all(count > 0 and name.replace("_", "a").isalnum() for name, count in counts.items())


def test_the_document_is_what_the_code_says() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == document()
    assert Path(OUTPUT).name == "events.md"


def test_an_act_without_a_name_in_the_vocabulary_is_sensitive() -> None:
    assert is_sensitive("something.new")
    assert not is_sensitive("grant.asked")
    assert all(kind.meaning for kind in ACTS.values())
