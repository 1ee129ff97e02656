"""What the callback answers, and what it queues, for everything that can arrive at a public address."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.config import Secret
from rag_on_dingtalk.dingtalk.signature import robot_sign
from rag_on_dingtalk.errors import QueueError
from rag_on_dingtalk.intake.callback import Callback
from rag_on_dingtalk.intake.http_event import MAX_BODY_BYTES
from rag_on_dingtalk.intake.robot import Door
from rag_on_dingtalk.queue.jobs import decode_job
from tests.conftest import load_event

NOW_MS = 1_767_225_600_500
SECRET = "exampleSecret_0123456789-abcdefABCDEF"
SAY_NOTHING = {"msgtype": "empty"}
UNAUTHORIZED = {"error": "unauthorized"}


@dataclass
class Setup:
    """A callback with its surroundings in hand."""

    refuse: bool = False
    queued: list[bytes] = field(default_factory=list)
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.callback = Callback(
            doors={
                "handbook": Door(Secret(SECRET), "dingexamplecorp0001", "zh"),
                "english": Door(Secret(SECRET), "", "en"),
                "unfinished": Door(None, "", "zh"),
            },
            enqueue=self._enqueue,
            webhook_host="https://oapi.dingtalk.com",
            clock=lambda: NOW_MS / 1000,
            log=self._log,
        )

    def _enqueue(self, payload: bytes) -> str:
        if self.refuse:
            raise QueueError("Function Compute answered 503")
        self.queued.append(payload)
        return "request-1"

    def _log(self, message: str, *, level: str = "INFO", **fields: str | int) -> None:
        self.lines.append((message, {"level": level, **fields}))

    def send(self, event: dict[str, Any] | bytes) -> tuple[int, Any]:
        raw = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        answer = self.callback.answer(raw).as_event()
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def setup() -> Setup:
    return Setup()


def http_event(
    body: str | bytes,
    *,
    path: str = "/robot/handbook",
    method: str = "POST",
    timestamp: str = str(NOW_MS),
    sign: str | None = None,
) -> dict[str, Any]:
    """The event FC makes of a push; header names as Go canonicalises them."""
    encoded = isinstance(body, bytes)
    return {
        "version": "v1",
        "rawPath": path,
        "headers": {
            "Content-Type": "application/json; charset=utf-8",
            "Timestamp": timestamp,
            "Sign": robot_sign(timestamp, SECRET) if sign is None else sign,
        },
        "queryParameters": {},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": encoded,
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "203.0.113.9"}},
    }


def message(name: str = "robot_text_private", **changes: Any) -> str:
    return json.dumps({**load_event(name), **changes}, ensure_ascii=False)


def test_a_signed_question_is_queued_and_nothing_is_said(setup: Setup) -> None:
    assert setup.send(http_event(message())) == (200, SAY_NOTHING)

    question = decode_job(setup.queued[0])
    assert (question.bot, question.text) == ("handbook", "最新的差旅报销标准是什么？")


def test_the_log_names_the_turn_and_not_the_question(setup: Setup) -> None:
    setup.send(http_event(message()))

    ((what, fields),) = setup.lines
    assert what == "queued"
    assert decode_job(setup.queued[0]).turn_id == fields["turn_id"]
    assert "差旅" not in str(fields)


@pytest.mark.parametrize("event", ["robot_rich_text", "robot_audio", "robot_picture", "robot_text_group"])
def test_every_kind_of_message_is_queued(setup: Setup, event: str) -> None:
    assert setup.send(http_event(message(event))) == (200, SAY_NOTHING)
    assert len(setup.queued) == 1


def test_a_base64_body_is_the_same_message(setup: Setup) -> None:
    assert setup.send(http_event(message().encode())) == (200, SAY_NOTHING)
    assert len(setup.queued) == 1


def test_the_base64_flag_may_come_as_a_string(setup: Setup) -> None:
    event = http_event(message().encode()) | {"isBase64Encoded": "true"}

    assert setup.send(event) == (200, SAY_NOTHING)


def test_when_queueing_fails_the_person_is_told_in_the_answer(setup: Setup) -> None:
    setup.refuse = True

    status, reply = setup.send(http_event(message()))

    assert status == 200
    assert (
        reply["msgtype"],
        reply["text"]["content"],
    ) == ("text", "系统繁忙，没有收下你的问题，请稍后再发一次。")


def test_the_sentence_is_in_the_bots_language(setup: Setup) -> None:
    setup.refuse = True

    _, reply = setup.send(http_event(message(), path="/robot/english"))

    assert "The system is busy" in reply["text"]["content"]


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("signature", http_event(message(), sign=robot_sign(str(NOW_MS), "another secret"))),
        ("signature", http_event(message(), sign="ungültig\ud800".encode("utf-8", "replace").decode())),
        ("unsigned", http_event(message(), sign="")),
        ("unsigned", http_event(message(), timestamp="")),
        ("stale", http_event(message(), timestamp=str(NOW_MS - 3_600_001))),
        ("stale", http_event(message(), timestamp=str(NOW_MS + 300_001))),
        ("stale", http_event(message(), timestamp="soon")),
        ("unknown_bot", http_event(message(), path="/robot/nobody")),
        ("secret_missing", http_event(message(), path="/robot/unfinished")),
        ("other_organisation", http_event(message(chatbotCorpId="dingothercorp0001"))),
    ],
)
def test_who_is_not_dingtalk_learns_nothing_and_changes_nothing(
    setup: Setup, reason: str, event: dict[str, Any]
) -> None:
    assert setup.send(event) == (401, UNAUTHORIZED)
    assert setup.queued == []
    assert setup.lines == [("refused", {"level": "INFO", "reason": reason, "status": 401})]


def test_a_bot_without_a_secret_cannot_be_opened_with_an_empty_one(setup: Setup) -> None:
    event = http_event(message(), path="/robot/unfinished", sign=robot_sign(str(NOW_MS), ""))

    assert setup.send(event) == (401, UNAUTHORIZED)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (400, http_event("not json")),
        (400, http_event("[1, 2]")),
        (400, http_event("[" * 20_000)),
        (400, http_event(message(msgId=""))),
        (400, http_event(b"\xff\xfe")),
        (400, http_event("x") | {"isBase64Encoded": True}),
        (400, b"not an event"),
        (400, b"[]"),
        (400, b""),
        (400, b"\xff"),
        (404, http_event(message(), path="/")),
        (404, http_event(message(), path="/robot/")),
        (404, http_event(message(), path="/robot/a/b")),
        (405, http_event(message(), method="PUT")),
        (413, http_event("x" * (MAX_BODY_BYTES + 1))),
        (413, b" " * 600_000),
    ],
)
def test_a_malformed_request_is_refused_and_changes_nothing(
    setup: Setup, status: int, event: dict[str, Any] | bytes
) -> None:
    assert status == setup.send(event)[0]
    assert setup.queued == []


def test_size_is_checked_before_the_signature(setup: Setup) -> None:
    assert setup.send(http_event("x" * (MAX_BODY_BYTES + 1), sign="wrong"))[0] == 413


@pytest.mark.parametrize(
    "event",
    [
        http_event("", method="GET"),
        http_event("", method="GET", path="/robot/nobody"),
        http_event("", method="HEAD"),
        http_event("", sign="", timestamp=""),
        http_event(" \n", sign="", timestamp=""),
        {"requestContext": {"http": {"method": "POST", "path": "/robot/handbook"}}},
        {"requestContext": {"http": {"method": "POST", "path": "/robot/handbook"}}, "body": None},
    ],
)
def test_the_consoles_probe_is_answered(setup: Setup, event: dict[str, Any]) -> None:
    assert setup.send(event)[0] == 200
    assert setup.queued == []


def test_half_an_emoji_does_not_cost_the_question(setup: Setup) -> None:
    assert setup.send(http_event(message().replace("标准", "\\ud83d标准")))[0] == 200
    assert len(setup.queued) == 1


def test_a_push_without_text_because_the_quota_is_gone_is_logged_and_not_queued(setup: Setup) -> None:
    assert setup.send(http_event(message("robot_quota_used_up"))) == (200, SAY_NOTHING)
    assert setup.queued == []
    assert setup.lines[0][0] == "quota_used_up"


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    setup = Setup()

    assert setup.callback.answer(raw).status in (200, 400, 401, 404, 405, 413)
    assert setup.queued == []


@given(
    body=st.text(max_size=200),
    sign=st.text(max_size=60),
    timestamp=st.text(max_size=20),
    path=st.text(max_size=40),
)
def test_no_unsigned_request_is_ever_queued(body: str, sign: str, timestamp: str, path: str) -> None:
    setup = Setup()
    event = http_event(body, sign=sign, timestamp=timestamp, path=f"/robot/{path}")

    setup.callback.answer(json.dumps(event).encode())

    assert setup.queued == []


@given(body=st.text(max_size=400))
def test_no_signed_body_makes_it_raise(body: str) -> None:
    setup = Setup()

    assert setup.callback.answer(json.dumps(http_event(body)).encode()).status in (200, 400, 401)
