"""What the events' address answers, and what it queues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag_on_dingtalk.dingtalk.envelope import Opened
from rag_on_dingtalk.dingtalk.inbound.org_event import EVENT_TYPES
from rag_on_dingtalk.models.jobs import OrganisationEvent
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp, Events
from tests.unit.webhook.edge import (
    CLIENT_ID,
    CORP_ID,
    NOW_MS,
    UNAUTHORIZED,
    Edge,
    event_body,
    event_push,
    http_push,
    opened,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "dingtalk-crypto.json").read_text(encoding="utf-8")
)["event_callback"]


@pytest.fixture
def edge() -> Edge:
    return Edge()


def test_an_event_is_queued_and_answered_with_an_encrypted_success(edge: Edge) -> None:
    status, answer = edge.send(event_push(event_body(userId=["user0002", "user0003"])))

    assert (status, opened(answer)) == (200, Opened(b"success", CLIENT_ID))
    assert list(answer) == ["msg_signature", "timeStamp", "nonce", "encrypt"]
    assert edge.queued == [
        OrganisationEvent(
            bot="handbook",
            event_id="evt1",
            type="user_leave_org",
            occurred_ms=1_767_225_600_000,
            corp_id=CORP_ID,
            user_ids=("user0002", "user0003"),
        )
    ]


def test_the_newer_name_of_the_signature_is_understood(edge: Edge) -> None:
    assert edge.send(event_push(event_body(), parameter="msg_signature"))[0] == 200


def test_a_timestamp_in_seconds_is_understood(edge: Edge) -> None:
    assert edge.send(event_push(event_body(), timestamp=str(NOW_MS // 1000)))[0] == 200


def test_the_check_of_the_address_is_answered_and_queues_nothing(edge: Edge) -> None:
    status, answer = edge.send(event_push('{"EventType":"check_url"}'))

    assert (status, opened(answer).message) == (200, b"success")
    assert edge.queued == []


@pytest.mark.parametrize("owner", [CLIENT_ID, CORP_ID])
def test_the_answer_is_for_the_owner_the_push_was_for(edge: Edge, owner: str) -> None:
    _, answer = edge.send(event_push(event_body(), owner=owner))

    assert opened(answer).owner == owner


def test_a_wrong_owner_is_refused_and_the_log_says_which_was_expected(edge: Edge) -> None:
    assert edge.send(event_push(event_body(), owner="suite0001")) == (401, UNAUTHORIZED)
    ((_, fields),) = edge.lines
    assert fields["expected"] == f"{CLIENT_ID} or {CORP_ID}"
    assert fields["found"] == "suite0001"


def test_without_a_configured_organisation_its_id_is_no_owner(edge: Edge) -> None:
    assert edge.send(event_push(event_body(), "/events/english", owner=CORP_ID)) == (401, UNAUTHORIZED)
    assert edge.lines[0][1]["expected"] == CLIENT_ID


@pytest.mark.parametrize("type_", sorted(EVENT_TYPES))
def test_what_a_bot_has_a_use_for_becomes_a_job(edge: Edge, type_: str) -> None:
    edge.send(event_push(event_body(type_)))

    assert [job.type for job in edge.queued] == [type_]


@pytest.mark.parametrize("type_", ["chat_add_member", "robot_msg_read", "something_new"])
def test_an_event_type_without_a_handler_is_answered_and_dropped(edge: Edge, type_: str) -> None:
    status, answer = edge.send(event_push(event_body(type_)))

    assert (status, opened(answer).message) == (200, b"success")
    assert edge.queued == []
    ((what, fields),) = edge.lines
    assert (what, fields["type"]) == ("event_dropped", type_)


@pytest.mark.parametrize("plain", ["", "[]", "not json", '{"eventId":"1"}', '{"EventType":7}', "[" * 9_000])
def test_an_authentic_push_that_is_no_event_is_not_asked_for_again(edge: Edge, plain: str) -> None:
    status, answer = edge.send(event_push(plain))

    assert (status, opened(answer).message) == (200, b"success")
    assert (edge.queued, [what for what, _ in edge.lines]) == ([], ["event_unreadable"])


def test_an_event_that_comes_again_is_queued_once(edge: Edge) -> None:
    answers = [edge.send(event_push(event_body()))[0] for _ in range(3)]

    assert answers == [200] * 3
    assert len(edge.queued) == 1


def test_only_so_many_events_are_remembered(edge: Edge) -> None:
    for number in range(502):
        edge.send(event_push(event_body(event_id=f"evt{number}")))
    edge.send(event_push(event_body(event_id="evt501")))
    edge.send(event_push(event_body(event_id="evt0")))

    assert [job.event_id for job in edge.queued[-2:]] == ["evt501", "evt0"]
    assert len(edge.queued) == 503


def test_the_same_event_of_two_bots_is_two(edge: Edge) -> None:
    edge.send(event_push(event_body(), "/events/handbook"))
    edge.send(event_push(event_body(), "/events/english"))

    assert [job.bot for job in edge.queued] == ["handbook", "english"]


def test_what_was_not_queued_is_not_acknowledged_so_that_it_comes_again(edge: Edge) -> None:
    edge.refuse = True
    assert edge.send(event_push(event_body())) == (503, {"error": "not queued"})
    edge.refuse = False

    assert edge.send(event_push(event_body()))[0] == 200
    assert len(edge.queued) == 1


def test_an_event_without_an_id_is_known_by_its_envelope(edge: Edge) -> None:
    plain = '{"EventType":"user_leave_org"}'

    edge.send(event_push(plain))
    edge.send(event_push(plain))

    (event,) = edge.queued
    assert len(event.event_id) == 32


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("signature", event_push(event_body(), token="another token")),
        ("signature", event_push(event_body(), nonce="other")),
        ("signature", event_push(event_body(), signature="ü")),
        ("unsigned", event_push(event_body(), signature="")),
        ("stale", event_push(event_body(), timestamp=str(NOW_MS - 600_001))),
        ("stale", event_push(event_body(), timestamp=str(NOW_MS + 300_001))),
        ("stale", event_push(event_body(), timestamp="soon")),
        ("secret_missing", event_push(event_body(), "/events/unfinished")),
    ],
)
def test_what_is_not_dingtalks_learns_nothing_and_changes_nothing(
    edge: Edge, reason: str, event: dict[str, Any]
) -> None:
    assert edge.send(event) == (401, UNAUTHORIZED)
    assert (edge.queued, edge.reasons) == ([], [reason])


def test_a_key_that_is_none_closes_the_address_and_says_so(edge: Edge) -> None:
    edge.send(event_push(event_body(), "/events/unfinished"))

    what, fields = edge.lines[0]
    assert (what, fields["route"]) == ("bot_closed", "events")
    assert "43 letters and digits" in fields["error"]


@pytest.mark.parametrize("body", ["[]", "{}", '{"encrypt":1}', "x", b"\xff", "[" * 20_000])
def test_what_is_no_envelope_is_refused(edge: Edge, body: str | bytes) -> None:
    assert edge.send(http_push(body, "/events/handbook")) == (400, {"error": "bad request"})


def _push(vector: dict[str, str]) -> tuple[Edge, dict[str, Any]]:
    """A vector on its way to a bot with the vector's own keys, at the vector's own time."""
    bot = BotBase(
        dingtalk=DingTalkApp(
            client_id=vector["owner_key"],
            client_secret="env:S",
            events=Events(token="env:T", aes_key="env:A"),
        )
    )
    edge = Edge(bots={"bot": bot}, environ={"T": vector["token"], "A": vector["encoding_aes_key"]})
    query = {name: vector[name] for name in ("signature", "timestamp", "nonce")}
    return edge, http_push(json.dumps({"encrypt": vector["encrypt"]}), "/events/bot", query=query)


def name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=name)
def test_pushes_made_by_others_are_accepted(vector: dict[str, str]) -> None:
    edge, push = _push(vector)
    fresh = vector["name"].startswith(("event_", "response_", "padding_", "corp_"))

    status, _ = edge.send(push)

    # Those that DingTalk's documentation prints are years old.
    assert (status, edge.reasons) == ((200, []) if fresh else (401, ["stale"]))


@pytest.mark.parametrize("vector", VECTORS["negative"], ids=name)
def test_pushes_that_must_be_refused_are_refused(vector: dict[str, str]) -> None:
    edge, push = _push(vector)
    expected = {
        "bad_signature": "signature",
        "timestamp_tampered": "signature",
        "wrong_owner_key": "owner",
        "wrong_token": "signature",
        "aes_key_42_chars": "secret_missing",
        "truncated_ciphertext_valid_signature": "envelope",
    }

    assert edge.send(push) == (401, UNAUTHORIZED)
    assert edge.reasons == [expected[vector["name"]]]
