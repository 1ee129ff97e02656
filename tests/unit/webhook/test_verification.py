"""The ladder that every kind of push climbs: which rung refuses first, and that refusals cost the same."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.errors import RequestRefusedError
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.webhook.routes import ROUTES, UNAVAILABLE, BotRoute, RouteTable
from rag_on_dingtalk.webhook.verification import Proof, check_addressee, check_path, verify
from tests.unit.webhook.edge import BOTS, CLIENT_ID, CORP_ID, ENVIRON, NOW_MS, PATH_SECRET, Edge, app

if TYPE_CHECKING:
    from rag_on_dingtalk.webhook.routes import Route

PAST_MS = 600_000
DISABLED = ("", "unknown_bot", "not_configured", "secret_missing", UNAVAILABLE)


def bot_route(disabled_reason: str = "", *secrets: str, **settings: Any) -> BotRoute:
    return BotRoute(
        bot="handbook",
        settings=BotBase(dingtalk=app(**settings)),
        secrets=tuple(Secret(secret) for secret in secrets or ("right",)),
        disabled_reason=disabled_reason,
    )


def proof(*, signed: bool = True, valid: bool = True, fresh: bool = True) -> Proof:
    return Proof(
        signature="given" if signed else "",
        timestamp=str(NOW_MS if fresh else NOW_MS - PAST_MS - 1),
        made_with=lambda secret: valid and secret == "right",
        past_ms=PAST_MS,
    )


def refusal(shown: Proof, route: BotRoute) -> str:
    """The refusal's status and reason; empty when the push passes."""
    try:
        verify(shown, route, NOW_MS)
    except RequestRefusedError as refused:
        return f"{refused.status} {refused.reason}"
    return ""


@pytest.mark.parametrize("disabled", DISABLED)
def test_the_first_rung_that_fails_names_the_refusal(disabled: str) -> None:
    for signed, valid, fresh in product((True, False), repeat=3):
        rungs = [
            (disabled not in ("", UNAVAILABLE), f"401 {disabled}"),
            (not signed, "401 unsigned"),
            (not valid and disabled != UNAVAILABLE, "401 signature"),
            (not fresh, "401 stale"),
            (disabled == UNAVAILABLE, f"503 {UNAVAILABLE}"),
        ]
        expected = next((reason for fails, reason in rungs if fails), "")

        shown = proof(signed=signed, valid=valid, fresh=fresh)
        assert (signed, valid, fresh, refusal(shown, bot_route(disabled))) == (signed, valid, fresh, expected)


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", str(NOW_MS + 300_001), str(NOW_MS - PAST_MS - 1)])
def test_only_a_timestamp_inside_the_window_passes_whatever_the_signature(timestamp: str) -> None:
    shown = Proof(signature="given", timestamp=timestamp, made_with=lambda _: True, past_ms=PAST_MS)

    assert refusal(shown, bot_route()) in ("401 unsigned", "401 stale")


def test_any_of_two_secrets_may_have_signed_and_both_are_tried() -> None:
    for secrets in (("right", "other"), ("other", "right")):
        tried: list[str] = []
        shown = Proof(
            signature="given",
            timestamp=str(NOW_MS),
            made_with=lambda secret, tried=tried: tried.append(secret) or secret == "right",  # type: ignore[misc]
            past_ms=PAST_MS,
        )

        assert refusal(shown, bot_route("", *secrets)) == ""
        assert tried == list(secrets)


def _table() -> RouteTable:
    return RouteTable(
        {"handbook": BOTS["handbook"], "plain": BOTS["plain"], "unfinished": BOTS["unfinished"]},
        resolve=lambda reference: Secret(ENVIRON[reference.removeprefix("env:")]),
        log=Edge().log,
    )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("bot", ["handbook", "plain", "no-such-bot"])
def test_a_signature_is_computed_once_whether_or_not_there_is_such_a_bot(route: Route, bot: str) -> None:
    computed: list[str] = []
    shown = Proof(
        signature="given",
        timestamp=str(NOW_MS),
        made_with=lambda secret: bool(computed.append(secret)),  # type: ignore[func-returns-value]
        past_ms=PAST_MS,
    )

    assert refusal(shown, _table().at(route, bot)) != ""
    assert len(computed) == 1


@pytest.mark.parametrize("given", ["", "guess", PATH_SECRET + "x", PATH_SECRET[:-1], "中文", "\ud800"])
def test_only_the_path_secret_itself_passes(given: str) -> None:
    hidden = BotRoute(
        bot="handbook",
        settings=BOTS["hidden"],
        secrets=(Secret("right"),),
        path_secret=Secret(PATH_SECRET),
    )
    check_path(hidden, PATH_SECRET)

    with pytest.raises(RequestRefusedError) as refused:
        check_path(hidden, given)
    assert (refused.value.status, refused.value.reason) == (401, "path_secret")


OTHER_ROBOT = "dingotherrobot0appkey02"


@pytest.mark.parametrize(
    ("corp_id", "robot_code", "reason"),
    [
        (CORP_ID, CLIENT_ID, ""),
        (None, None, ""),
        (7, ["x"], ""),
        (CORP_ID, "normal", ""),
        (CORP_ID, "", ""),
        (CORP_ID, "dingrobotcode0owned03", ""),
        ("dingothercorp0002", CLIENT_ID, "other_organisation"),
        ("", CLIENT_ID, "other_organisation"),
        ("\ud800", CLIENT_ID, "other_organisation"),
        (CORP_ID, OTHER_ROBOT, "other_robot"),
        (None, OTHER_ROBOT, "other_robot"),
    ],
)
def test_a_body_that_names_another_robot_or_organisation_is_refused(
    corp_id: object, robot_code: object, reason: str
) -> None:
    route = bot_route(corp_id=CORP_ID, robot_code="dingrobotcode0owned03")
    found = ""
    try:
        check_addressee(route, corp_id=corp_id, robot_code=robot_code)
    except RequestRefusedError as refused:
        found = refused.reason

    assert found == reason
