from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.ask.transcript import JsonTranscript, TextTranscript, printable

ASKED = {"turn_id": "t1", "message_id": "msg1", "conversation": "cid1", "delivered": True, "pushes": []}


def frame(text: str) -> dict[str, Any]:
    return {"at": 1.0, "kind": "text", "text": text}


def reply(text: str) -> dict[str, Any]:
    return {"at": 2.0, "via": "session_webhook", "text": text, "id": "msg2"}


def report(status: str = "done", failure: str = "", row: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"turn_id": "t1", "status": status, "failure": failure, "row": row, "calls": 3}


def test_only_what_is_new_is_written() -> None:
    out = io.StringIO()
    transcript = TextTranscript(out, io.StringIO())
    written = []
    for text in ("根据", "根据手册", "根据手册，五天。"):
        transcript.frame(frame(text))
        written.append(out.getvalue())

    assert written == ["根据", "根据手册", "根据手册，五天。"]


def test_a_replaced_text_is_said_to_be_one() -> None:
    out = io.StringIO()
    transcript = TextTranscript(out, io.StringIO())
    transcript.frame(frame("根据手册"))
    transcript.frame(frame("知识库出错了。"))

    assert out.getvalue().startswith("根据手册\n")
    assert "replaced" in out.getvalue()
    assert out.getvalue().endswith("知识库出错了。")


def test_a_message_stands_below_the_card() -> None:
    out = io.StringIO()
    transcript = TextTranscript(out, io.StringIO())
    transcript.frame(frame("第一部分"))
    transcript.reply(reply("第二部分"))
    transcript.end(report(), 1.0)

    assert out.getvalue() == "第一部分\n\n第二部分\n"


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        (report(row={"channel": "card"}), "Answered in 1.5 s by card, 3 API calls."),
        (report("failed", "upstream"), "The answer failed: upstream."),
        (report("waiting"), "No answer within 2 s. --timeout waits longer."),
    ],
)
def test_how_it_went_is_kept_apart_from_the_answer(ended: dict[str, Any], sentence: str) -> None:
    out, notes = io.StringIO(), io.StringIO()
    TextTranscript(out, notes).end(ended, 1.5)

    assert ("", f"{sentence}\n") == (out.getvalue(), notes.getvalue())


def test_a_message_that_did_not_arrive_is_told() -> None:
    notes = io.StringIO()
    pushes = [{"error": "no answer within 2.5 s"}, {"error": ""}]
    TextTranscript(io.StringIO(), notes).asked({**ASKED, "pushes": pushes})

    assert notes.getvalue() == "The bot did not take the message: no answer within 2.5 s.\n"


def test_json_is_one_object_a_line_and_ends_with_the_outcome() -> None:
    out = io.StringIO()
    transcript = JsonTranscript(out)
    row = {"answer": "五天。", "citations": '[{"title": "休假制度"}]', "channel": "card"}
    transcript.asked(ASKED)
    transcript.frame(frame("五天。\n\n来源"))
    transcript.reply(reply("还有"))
    transcript.end(report(row=row), 1.23456)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]

    assert [line["event"] for line in lines] == ["asked", "frame", "reply", "end"]
    assert lines[-1] == {
        "event": "end",
        "turn_id": "t1",
        "status": "done",
        "failure": "",
        "answer": "五天。",
        "citations": [{"title": "休假制度"}],
        "channel": "card",
        "calls": 3,
        "seconds": 1.235,
    }


def test_a_question_that_never_arrived_has_an_end_too() -> None:
    out = io.StringIO()
    JsonTranscript(out).end(report("failed", "the bot did not queue the question"), 0.1)

    assert tuple(json.loads(out.getvalue())[key] for key in ("status", "answer", "citations")) == (
        "failed",
        "",
        [],
    )


@given(st.text())
def test_no_answer_steers_the_terminal(text: str) -> None:
    shown = printable(f"\x1b[2J\x9b{text}")

    assert not {"\x1b", "\x9b", "\x07", "\x08", "\r", "\x7f"} & set(shown)
    assert len(text) + 5 == len(shown)
