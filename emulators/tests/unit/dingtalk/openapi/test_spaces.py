from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk.openapi.calls.spaces import GROUP, ROBOT, Space, deliver_model, parse_open_space_id
from emulators.dingtalk.openapi.errors import ApiError


@pytest.mark.parametrize(
    ("value", "spaces"),
    [
        ("dtv1.card//IM_GROUP.cidExample0001==", [Space(GROUP, "cidExample0001==")]),
        ("dtv1.card//IM_ROBOT.user.0001", [Space(ROBOT, "user.0001")]),
        ("dtv1.card//im_group.cid1", [Space(GROUP, "cid1")]),
        ("dtv1.card//IM_GROUP.cid1;dtv1.card//IM_ROBOT.u1", [Space(GROUP, "cid1"), Space(ROBOT, "u1")]),
    ],
)
def test_the_documented_forms_are_read(value: str, spaces: list[Space]) -> None:
    assert parse_open_space_id(value) == spaces


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "param.openSpaceIdEmpty"),
        ("IM_GROUP.cid1", "param.openSpaceIdInvalid"),
        ("dtv1.card//IM_GROUP", "param.openSpaceIdInvalid"),
        ("dtv1.card//IM_GROUP.", "param.openSpaceIdInvalid"),
        ("dtv1.card//ONE_BOX.cid1", "param.openSpaceIdInvalid"),
        ("dtv1.card//IM_GROUP.cid1;", "param.openSpaceIdInvalid"),
        ("dtv1.card//IM_GROUP." + "c" * 1000, "param.openSpaceIdInvalid"),
    ],
)
def test_any_other_form_is_refused_by_its_code(value: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_open_space_id(value)
    assert (caught.value.status, caught.value.code) == (400, code)


@given(st.text() | st.text().map(lambda text: f"dtv1.card//IM_GROUP.{text}"))
def test_whatever_is_read_is_a_kind_and_an_id(value: str) -> None:
    try:
        spaces = parse_open_space_id(value)
    except ApiError:
        return
    assert all(space.kind in {GROUP, ROBOT} and space.id for space in spaces)


GROUP_MODELS = {
    "imGroupOpenSpaceModel": {"supportForward": True},
    "imGroupOpenDeliverModel": {"robotCode": "dingapp1"},
}
ROBOT_MODELS = {
    "imRobotOpenSpaceModel": {"supportForward": False},
    "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"},
}


def test_the_deliver_model_of_the_place_is_returned() -> None:
    body = {**GROUP_MODELS, **ROBOT_MODELS}

    assert deliver_model(body, Space(GROUP, "cid1"), "dingapp1") == {"robotCode": "dingapp1"}
    # The documentation's one-to-one example has no robotCode.
    assert deliver_model(body, Space(ROBOT, "u1"), "dingapp1") == {"spaceType": "IM_ROBOT"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"imGroupOpenSpaceModel": None}, "param.openSpaceModelInvalid"),
        ({"imGroupOpenSpaceModel": {}}, "param.openSpaceModelInvalid"),
        ({"imGroupOpenDeliverModel": None}, "param.openDeliverModelEmpty"),
        ({"imGroupOpenDeliverModel": {"recipients": []}}, "param.openDeliverModelError"),
        ({"imGroupOpenDeliverModel": {"robotCode": "dingother"}}, "param.openDeliverModelError"),
        (
            {"imGroupOpenDeliverModel": {"robotCode": "dingapp1", "spaceType": "IM_ROBOT"}},
            "param.openDeliverModelError",
        ),
        ({"imGroupOpenDeliverModel": "dingapp1"}, "param.invalid"),
    ],
)
def test_a_missing_or_wrong_model_is_refused_by_its_code(change: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as caught:
        deliver_model({**GROUP_MODELS, **change}, Space(GROUP, "cid1"), "dingapp1")
    assert caught.value.code == code
