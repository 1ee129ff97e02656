"""What the cards' address answers, and what it queues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag_on_dingtalk.dingtalk.signature import card_sign
from rag_on_dingtalk.models.jobs import CardAction
from tests.unit.webhook.edge import (
    CARD_SECRET,
    CORP_ID,
    NOW_MS,
    SECRET,
    TURN,
    UNAUTHORIZED,
    Edge,
    card_push,
    click_body,
)

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "dingtalk-crypto.json").read_text(encoding="utf-8")
)["card_callback_signature"]["vectors"]


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.mark.parametrize(
    ("action", "params", "words", "seen"),
    [
        ("like", None, "", {"feedback": "like"}),
        ("dislike", None, "", {"feedback": "dislike"}),
        ("dislike", {"action": "dislike", "reason": "过时了"}, "过时了", {"feedback": "dislike"}),
        ("stop", None, "", {"stopping": "true"}),
        ("retry", None, "", {"retried": "true"}),
        ("ask", {"action": "ask", "question": "住宿呢？"}, "住宿呢？", {"asked": "true"}),
    ],
)
def test_a_click_is_queued_and_the_clicker_sees_it_at_once(
    edge: Edge, action: Any, params: dict[str, str] | None, words: str, seen: dict[str, str]
) -> None:
    assert edge.send(card_push(click_body(action, params))) == (
        200,
        {
            "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
            "userPrivateData": {"cardParamMap": seen},
        },
    )
    assert edge.queued == [
        CardAction(
            bot="handbook",
            turn_id=TURN,
            action=action,
            user_id="user0001",
            clicked_ms=NOW_MS,
            corp_id=CORP_ID,
            words=words,
        )
    ]


def test_the_log_names_the_card_and_not_the_reason(edge: Edge) -> None:
    edge.send(card_push(click_body("dislike", {"action": "dislike", "reason": "过时了"})))

    ((what, fields),) = edge.lines
    assert (what, fields["turn_id"], fields["action"]) == ("queued", TURN, "dislike")
    assert "过时了" not in str(fields)


def test_a_click_that_was_not_queued_leaves_the_card_as_it_is(edge: Edge) -> None:
    edge.refuse = True

    assert edge.send(card_push(click_body())) == (200, {})
    assert edge.lines[0][0] == "not_queued"


@pytest.mark.parametrize(
    "body",
    [
        click_body(outTrackId="another-apps-card"),
        click_body(outTrackId=TURN.upper()),
        click_body(outTrackId=TURN + "0"),
        click_body("share"),
        click_body("ask", {"action": "ask"}),
        click_body(content="not json"),
        click_body(content=None),
        click_body(type="dynamicDataCallback"),
    ],
)
def test_a_click_that_means_nothing_to_us_leaves_the_card_as_it_is(edge: Edge, body: str) -> None:
    assert edge.send(card_push(body)) == (200, {})
    assert (edge.queued, [what for what, _ in edge.lines]) == ([], ["click_ignored"])


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("signature", card_push(click_body(), secret=SECRET)),
        ("signature", card_push(click_body(), sign="ungültig")),
        ("signature", card_push(click_body(), sign=card_sign(str(NOW_MS - 1), CARD_SECRET))),
        ("unsigned", card_push(click_body(), sign="")),
        ("unsigned", card_push(click_body(), timestamp="")),
        ("stale", card_push(click_body(), timestamp=str(NOW_MS - 600_001))),
        ("stale", card_push(click_body(), timestamp=str(NOW_MS + 300_001))),
        ("stale", card_push(click_body(), timestamp="soon")),
        ("other_organisation", card_push(click_body(corpId="dingothercorp0001"))),
    ],
)
def test_what_is_not_dingtalks_or_not_ours_learns_nothing_and_changes_nothing(
    edge: Edge, reason: str, event: dict[str, Any]
) -> None:
    assert edge.send(event) == (401, UNAUTHORIZED)
    assert (edge.queued, edge.reasons) == ([], [reason])


@pytest.mark.parametrize(
    "body", ["x", "[]", "{}", click_body(userId=""), click_body(outTrackId=None), "[" * 9_000]
)
def test_what_is_no_click_is_refused(edge: Edge, body: str) -> None:
    assert edge.send(card_push(body)) == (400, {"error": "bad request"})


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_clicks_signed_by_others_are_accepted(edge: Edge, vector: dict[str, str]) -> None:
    assert vector["api_secret"] == CARD_SECRET
    push = card_push(click_body(), timestamp=vector["header_timestamp"], sign=vector["header_signature"])

    assert edge.send(push)[0] == 200
