"""From a refusal to what to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.cards.ai_card import UNDELIVERED
from rag_on_dingtalk.dingtalk.openapi.advice import (
    CARDS,
    SENDING,
    STREAMING,
    advice,
    explained,
    lacks,
    scope_of,
)

DENIED = "Forbidden.AccessDenied."
NO_PERMISSION = f"{DENIED}AccessTokenPermissionDenied"
CREATE = "POST /v1.0/card/instances/createAndDeliver"
STREAM = "PUT /v1.0/card/streaming"
SEND = "POST /v1.0/robot/oToMessages/batchSend"


@pytest.mark.parametrize(
    ("api", "scope"),
    [
        (CREATE, CARDS),
        ("PUT /v1.0/card/instances", CARDS),
        ("POST /v1.0/card/callbacks/register", CARDS),
        (STREAM, STREAMING),
        (SEND, SENDING),
        ("POST /v1.0/robot/groupMessages/send", SENDING),
        ("POST /v1.0/robot/messageFiles/download", SENDING),
        ("POST /media/upload", "qyapi_base"),
        ("POST /topapi/v2/user/get", "qyapi_get_member"),
        ("POST /topapi/v2/department/listparentbyuser", "qyapi_get_department_list"),
        # Its scope is not documented.
        ("POST /v1.0/robot/emotion/reply", ""),
        ("POST sessionWebhook", ""),
        ("", ""),
    ],
)
def test_each_api_needs_its_scope(api: str, scope: str) -> None:
    assert scope_of(api) == scope


def test_a_missing_scope_is_the_one_that_dingtalk_names() -> None:
    said = advice(NO_PERMISSION, STREAM, scopes=["Card.Streaming.Write", "Another.Scope"])

    assert said.startswith("The app lacks Card.Streaming.Write, Another.Scope: request it")
    assert "权限管理" in said


@pytest.mark.parametrize("code", [NO_PERMISSION, "60011"])
def test_a_missing_scope_that_dingtalk_does_not_name_is_the_apis(code: str) -> None:
    assert advice(code, SEND) == lacks([SENDING])
    assert advice(code).startswith("The app lacks a permission: ")


@pytest.mark.parametrize(
    ("code", "api", "names"),
    [
        ("invalidClientIdOrSecret", "POST /v1.0/oauth2/accessToken", "凭证与基础信息"),
        (f"{DENIED}IpNotInWhiteList", CREATE, "服务器出口IP"),
        (f"{DENIED}QpsLimitForAppkeyAndApi", STREAM, "calls_per_second"),
        (f"{DENIED}QpsLimitForApi", STREAM, "All apps together"),
        (f"{DENIED}ApiCountLimitForOrg", STREAM, "monthly_calls"),
        ("90020", "POST /topapi/v2/user/get", "monthly_calls"),
        ("param.cardTemplateIdEmpty", CREATE, "dingtalk.card.id"),
        ("param.templateNotExist", CREATE, "Import the card template of infra/dingtalk"),
        ("param.templateUnpublished", CREATE, "Publish the card template"),
        ("param.openSpaceIdInvalid", CREATE, "dingtalk.corp_id"),
        ("param.userIdNotExist", CREATE, "dingtalk.corp_id"),
        ("param.openSpaceModelInvalid", CREATE, "消息卡片"),
        ("param.openDeliverModelError", CREATE, "dingtalk.robot_code"),
        ("param.stream.keyEmpty", STREAM, "流式组件"),
        ("param.stream.content", STREAM, "too long"),
        ("param.stream.outTrackId", STREAM, "not created"),
        ("param.invalid", STREAM, "流式组件"),
        ("param.callbackRouteKeyEmpty", "POST /v1.0/card/callbacks/register", "card_callback.route"),
        ("param.contentUnsafe", CREATE, "reword"),
        (UNDELIVERED, CREATE, "the robot is in the group"),
        ("invalidParameter.robotCode.auth", SEND, "应用能力 > 机器人"),
        ("invalidParameter.robotCode.notExsit", SEND, "应用能力 > 机器人"),
        ("invalidParameter.robotCode.coolApp", SEND, "酷应用"),
        ("unauthorized", SEND, "应用能力 > 机器人"),
        ("bot.stopped", SEND, "switched off"),
        ("400106", "POST sessionWebhook", "Add the robot"),
        ("conversation.org.notMatch", SEND, "内部群"),
        ("send.too.fast", SEND, "try again later"),
        ("300001", "POST sessionWebhook", SENDING),
        ("50002", "POST /topapi/v2/user/get", "通讯录权限范围"),
        ("60121", "POST /topapi/v2/user/get", "administrators"),
    ],
)
def test_a_refusal_is_answered_with_the_setting_or_the_page(code: str, api: str, names: str) -> None:
    assert names in advice(code, api)


def test_being_over_the_rate_and_over_the_month_are_told_apart() -> None:
    rate, month = (advice(f"{DENIED}{end}") for end in ("QpmLimitForAppkeyAndApi", "ApiCountLimitForOrg"))

    assert "month" not in rate
    assert "second" not in month


@pytest.mark.parametrize(
    ("code", "api"),
    [
        (DENIED.rstrip("."), CREATE),
        (f"{DENIED}SomethingNew", CREATE),
        ("InvalidAuthentication", CREATE),
        ("param.invalid", "POST /v1.0/card/callbacks/register"),
        ("unauthorized", "POST sessionWebhook"),
        ("system.busy", CREATE),
        ("-1", "POST sessionWebhook"),
        ("unreachable", CREATE),
    ],
)
def test_what_is_not_known_is_not_guessed(code: str, api: str) -> None:
    assert advice(code, api) == ""


@given(code=st.text(), api=st.text(), words=st.text(max_size=1_000))
def test_whatever_the_code_dingtalks_words_stay_in_front(code: str, api: str, words: str) -> None:
    said = explained(code, words, api)

    assert said.startswith(words[:300].strip())
    assert said.endswith(advice(code, api))


@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("session 不存在", "session 不存在. "),
        ("没有这个模板。", "没有这个模板。 "),
        ("No.", "No. "),
        (" ", ""),
    ],
)
def test_words_and_advice_are_two_sentences(words: str, before: str) -> None:
    assert explained("bot.stopped", words) == before + advice("bot.stopped")


def test_words_without_advice_are_left_alone() -> None:
    assert explained("system.busy", "系统繁忙") == "系统繁忙"
