"""What DingTalk's refusals mean for each line about a bot's app."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.dingtalk.cards.card_route import Registration
from rag_on_dingtalk.dingtalk.openapi.advice import CARDS, SENDING, STREAMING, explained
from rag_on_dingtalk.doctor.dingtalk import (
    card_route,
    card_template,
    contacts,
    egress,
    robot_code,
    scopes,
    token,
)
from rag_on_dingtalk.doctor.dingtalk.card_route import ClicksAddress
from rag_on_dingtalk.doctor.dingtalk.refusals import about, obstacle
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate

FORBIDDEN = "Forbidden.AccessDenied."


def refusal(code: str, status: int = 400) -> DingTalkError:
    """As the client raises it."""
    return DingTalkError(code, explained(code, "no"), status=status)


ADDRESS = refusal(f"{FORBIDDEN}IpNotInWhiteList", 403)
PERMISSION = refusal(f"{FORBIDDEN}AccessTokenPermissionDenied", 403)
CONTENT = refusal("param.outTrackIdEmpty")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "nothing"),
        (ADDRESS, "address"),
        (PERMISSION, "permission"),
        (CONTENT, "content"),
        (refusal("InvalidAuthentication"), "trouble"),
        (refusal(f"{FORBIDDEN}QpsLimitForAppkeyAndApi", 403), "trouble"),
        (refusal(f"{FORBIDDEN}ApiCountLimitForOrg", 403), "trouble"),
        (refusal("system.busy", 500), "trouble"),
        (refusal("unreachable", 0), "trouble"),
    ],
)
def test_a_refusal_is_about_one_thing(given: DingTalkError | None, expected: str) -> None:
    assert about(given) == expected
    assert bool(obstacle(given)) == (expected in {"address", "permission", "trouble"})


@pytest.mark.parametrize(
    ("given", "mark", "said"),
    [
        (None, "✓", "gives ding1"),
        (refusal("invalidClientIdOrSecret"), "✗", "Client Secret again"),
        (refusal("unreachable", 0), "✗", "proxy"),
        (refusal("system.busy", 500), "✗", "again"),
        (ADDRESS, "–", "address"),
    ],
)
def test_the_token_line_says_what_to_do(given: DingTalkError | None, mark: str, said: str) -> None:
    line = token.judge("ding1", given)

    assert line.mark == mark
    assert said in line.sentence


def test_every_missing_scope_is_named() -> None:
    line = scopes.judge({SENDING: None, CARDS: PERMISSION, STREAMING: PERMISSION})

    assert line.mark == "✗"
    assert "lacks Card.Instance.Write, Card.Streaming.Write: request it" in line.sentence


def test_a_call_whose_content_is_refused_has_its_scope() -> None:
    assert scopes.judge({STREAMING: CONTENT}).mark == "✓"


def test_a_used_up_month_is_said_once_and_in_dingtalks_words() -> None:
    used_up = refusal(f"{FORBIDDEN}ApiCountLimitForOrg", 403)

    line = scopes.judge({SENDING: used_up, CARDS: used_up})

    assert line.mark == "✗"
    assert line.sentence.count("ApiCountLimitForOrg") == 1
    assert "Run doctor again" not in line.sentence


def test_scopes_are_not_judged_behind_a_refused_address() -> None:
    assert scopes.judge({SENDING: ADDRESS}).mark == "–"


@pytest.mark.parametrize(
    ("trials", "mark"),
    [
        ([None, CONTENT], "✓"),
        ([CONTENT, ADDRESS], "✗"),
        ([PERMISSION], "✓"),
        ([refusal("unreachable", 0)], "–"),
        ([], "–"),
    ],
)
def test_one_refused_address_is_enough(trials: list[DingTalkError | None], mark: str) -> None:
    assert egress.judge(trials).mark == mark


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("staffId.notExisted", "✓"),
        ("invalidParameter.robotCode.auth", "✗"),
        ("invalidParameter.robotCode.notExsit", "✗"),
        ("bot.stopped", "✗"),
    ],
)
def test_only_what_is_about_the_robot_speaks_against_it(code: str, mark: str) -> None:
    assert robot_code.judge("ding1", refusal(code)).mark == mark


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "can be made"),
        (refusal("param.templateNotExist"), "Import the card template"),
        (refusal("param.templateUnpublished"), "Publish the card template"),
        (refusal("param.invalid"), "Compare"),
    ],
)
def test_a_template_that_makes_no_card_is_wrong(given: DingTalkError | None, said: str) -> None:
    line = card_template.judge(CardTemplate(id="a.schema"), given)

    assert line.mark == ("✗" if given else "✓")
    assert said in line.sentence


@pytest.mark.parametrize(
    ("outcome", "mark", "said"),
    [
        (Registration("registered"), "✓", "leads to https://bot.example.com."),
        (Registration("taken", "https://old.example.com/cards/a/s3cret"), "✗", "--replace"),
        (refusal("system.updateCallbackFailed", 500), "✗", "system.updateCallbackFailed"),
    ],
)
def test_a_route_is_ours_or_its_remedy_is_named(
    outcome: Registration | DingTalkError, mark: str, said: str
) -> None:
    line = card_route.judge("prod", "https://bot.example.com", outcome)

    assert line.mark == mark
    assert said in line.sentence
    assert "s3cret" not in line.sentence


def test_the_clicks_address_is_the_one_that_is_registered() -> None:
    clicks = ClicksAddress("https://bot.example.com", "handbook")

    assert clicks.url(None) == "https://bot.example.com/cards/handbook"
    assert clicks.url(Secret("s3cret")) == "https://bot.example.com/cards/handbook/s3cret"


@pytest.mark.parametrize(
    ("code", "mark", "said"),
    [
        ("60011", "✗", "lacks a permission"),
        ("50002", "✗", "通讯录权限范围"),
        ("90018", "–", "calls_per_second"),
        ("60121", "✗", "No person in the organisation"),
        ("-1", "–", "again"),
    ],
)
def test_a_person_who_cannot_be_seen_is_named(code: str, mark: str, said: str) -> None:
    line = contacts.judge({"user0001": None, "user0002": refusal(code, 200)})

    assert line.mark == mark
    assert said in line.sentence
