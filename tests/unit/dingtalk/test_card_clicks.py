from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.dingtalk.inbound.card_action import UnreadableClickError, card_update, read_click
from rag_on_dingtalk.models.jobs import Action, CardAction
from rag_on_dingtalk.models.question import turn_id_of
from tests.unit.dingtalk.json_values import JSON

NOW_MS = 1_767_225_600_500
TURN = turn_id_of("handbook", "msgExample0001==")


def click(content: object, **changes: Any) -> CardAction | None:
    body = {"type": "actionCallback", "outTrackId": TURN, "userId": "user0001", "content": content}
    return read_click({**body, **changes}, bot="handbook", now_ms=NOW_MS)


def private(ids: object = (), params: object = None) -> str:
    return json.dumps({"cardPrivateData": {"actionIds": list(ids), "params": params or {}}})  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (private(["like"], {"action": "like"}), {}),
        (private([], {"action": "like"}), {}),
        (private(["like"]), {}),
        (private(["button1", "like"], {"action": "unknown"}), {}),
        (private(["feedback_up"]), {}),
        (json.loads(private(["like"])), {}),
        (None, {"value": private(["like"])}),
        ("", {"value": private(["like"])}),
        (json.dumps({"cardPrivateData": {}, "params": {"action": "like"}}), {}),
        (private(), {"params": {"action": "like"}}),
        (private(["like"]), {"type": None}),
    ],
)
def test_what_was_clicked_is_found_wherever_the_pages_put_it(
    content: object, changes: dict[str, Any]
) -> None:
    found = click(content, **changes)

    assert found is not None
    assert (found.action, found.turn_id, found.user_id) == ("like", TURN, "user0001")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, ""),
        ({"reason": " 过时了 "}, "过时了"),
        ({"dislike_reason": "不准确", "custom_dislike_reason": "标准是 400"}, "不准确；标准是 400"),
        ({"dislike_reason": ["不准确", "", 7, "太长"]}, "不准确；太长"),
        ({"dislike_reason": '["不准确", "太长"]'}, "不准确；太长"),
        ({"reason": "x" * 9_000}, "x" * 500),
        ({"reason": {"a": 1}}, ""),
    ],
)
def test_a_dislike_says_why(params: dict[str, Any], words: str) -> None:
    found = click(private(["feedback_down"], params))

    assert found is not None
    assert (found.action, found.words) == ("dislike", words)


def test_no_other_click_takes_a_reason_along() -> None:
    found = click(private(["like"], {"reason": "x", "question": "y"}))

    assert found is not None
    assert found.words == ""


def test_a_suggestion_is_asked_in_its_own_words() -> None:
    found = click(private([], {"action": "ask", "question": "住宿呢？"}))

    assert found is not None
    assert (found.action, found.words) == ("ask", "住宿呢？")


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (private(["share"]), {}),
        (private([7], {"action": 7}), {}),
        (private(["ask"], {"question": " "}), {}),
        ("[1]", {}),
        ("{", {}),
        ("[" * 9_000, {}),
        (7, {}),
        (private(["like"]), {"outTrackId": "turn-1"}),
        (private(["like"]), {"outTrackId": "u" + TURN[1:]}),
        (private(["like"]), {"outTrackId": TURN[:-1] + "g"}),
        (private(["like"]), {"type": "dynamicDataCallback"}),
    ],
)
def test_what_means_nothing_to_us_is_no_click(content: object, changes: dict[str, Any]) -> None:
    assert click(content, **changes) is None


@pytest.mark.parametrize(
    "body", [None, [], {}, {"outTrackId": TURN}, {"userId": "u"}, {"outTrackId": TURN, "userId": "u" * 5_000}]
)
def test_without_card_or_person_it_is_not_a_click_at_all(body: object) -> None:
    with pytest.raises(UnreadableClickError):
        read_click(body, bot="handbook", now_ms=NOW_MS)


@given(message_id=st.text(), bot=st.text())
def test_every_card_of_ours_is_known_as_ours(message_id: str, bot: str) -> None:
    assert click(private(["like"]), outTrackId=turn_id_of(bot, message_id)) is not None


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_shows_only_strings_and_only_by_key(action: Action) -> None:
    update = card_update(action)

    assert update["cardUpdateOptions"] == {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    assert set(map(type, update["userPrivateData"]["cardParamMap"].values())) == {str}


@given(content=JSON | JSON.map(json.dumps), params=JSON, value=JSON)
def test_whatever_a_field_holds_the_click_is_read_or_ignored(
    content: object, params: object, value: object
) -> None:
    found = click(content, params=params, value=value)

    if found is not None:
        encode_job(found)


@pytest.mark.parametrize(
    "content",
    [
        private(["submit_dislike"], {"dislike_reason": "答非所问", "custom_dislike_reason": "问的是出差"}),
        private(["btn"], {"action": "submit_dislike", "dislike_reason": '["答非所问", "问的是出差"]'}),
    ],
)
def test_the_reasons_of_dingtalks_own_template_are_taken(content: str) -> None:
    found = click(content)

    assert found is not None
    assert (found.action, found.words) == ("dislike", "答非所问；问的是出差")
