"""A bot's app in DingTalk: what is tried, and what is left out when something before it has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.openapi.advice import CARDS, SENDING, STREAMING
from rag_on_dingtalk.doctor.dingtalk import (
    card_route,
    card_template,
    contacts,
    egress,
    robot_code,
    scopes,
    stream,
    token,
)
from rag_on_dingtalk.doctor.dingtalk.refusals import about, obstacle
from rag_on_dingtalk.doctor.line import Line, unchecked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rag_on_dingtalk.doctor.dingtalk.card_route import ClicksAddress
    from rag_on_dingtalk.doctor.dingtalk.trials import AppTrials
    from rag_on_dingtalk.errors import DingTalkError
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

    Trials = Mapping[str, DingTalkError | None]

_BEHIND_THE_TOKEN = (
    egress.SUBJECT,
    scopes.SUBJECT,
    robot_code.SUBJECT,
    card_template.SUBJECT,
    card_route.SUBJECT,
    contacts.SUBJECT,
)


def _behind_the_token(settings: DingTalkApp) -> Sequence[str]:
    way = stream.SUBJECT if settings.by_stream else card_route.SUBJECT
    return tuple(way if subject == card_route.SUBJECT else subject for subject in _BEHIND_THE_TOKEN)


def without_secret(settings: DingTalkApp) -> Sequence[Line]:
    """Nothing can be tried."""
    why = "the client secret is missing."
    return [unchecked(subject, why) for subject in (token.SUBJECT, *_behind_the_token(settings))]


def without_token(settings: DingTalkApp, refusal: DingTalkError) -> Sequence[Line]:
    """DingTalk gives no token; nothing else can be tried."""
    lines = [unchecked(subject, "there is no access token.") for subject in _behind_the_token(settings)]
    if about(refusal) == "address":
        lines[0] = egress.judge([refusal])
    return [token.judge(settings.client_id, refusal), *lines]


async def examine(
    app: AppTrials,
    settings: DingTalkApp,
    *,
    clicks: ClicksAddress,
    secrets: Mapping[str, Secret],
    people: Sequence[str],
    new_card: str,
) -> AsyncIterator[Line]:
    """Try one thing after the other.

    secrets: by the setting that names them. people: staff ids to look up.
    new_card: `outTrackId` of the card that is delivered to no chat.
    """
    refusal = await app.sign_in()
    if refusal is not None:
        for line in without_token(settings, refusal):
            yield line
        return
    yield token.judge(settings.client_id, None)
    trials = {SENDING: await app.send_to_nobody()}
    if settings.card is not None:
        trials[CARDS] = await app.create_card(settings.card.id, new_card)
        trials[STREAMING] = await app.stream_nothing()
    yield egress.judge(trials.values())
    yield scopes.judge(trials)
    yield _robot_code(settings, trials)
    yield _template(settings, trials)
    if settings.by_stream:
        yield stream.judge(await app.open_stream())
    else:
        yield await _route(app, settings, trials, clicks, secrets)
    if people:
        yield contacts.judge({staff_id: await app.look_up(staff_id) for staff_id in people})
    else:
        yield contacts.NO_ADMINISTRATORS


def _robot_code(settings: DingTalkApp, trials: Trials) -> Line:
    sending = trials[SENDING]
    if why := obstacle(sending):
        return unchecked(robot_code.SUBJECT, why)
    return robot_code.judge(settings.robot, sending)


def _template(settings: DingTalkApp, trials: Trials) -> Line:
    if settings.card is None:
        return card_template.NO_CARD
    created = trials[CARDS]
    if why := obstacle(created):
        return unchecked(card_template.SUBJECT, why)
    return card_template.judge(settings.card, created)


async def _route(
    app: AppTrials,
    settings: DingTalkApp,
    trials: Trials,
    clicks: ClicksAddress,
    secrets: Mapping[str, Secret],
) -> Line:
    callback = settings.card_callback
    if callback is None:
        return card_route.NO_CALLBACK
    if not clicks.base:
        return card_route.NO_URL
    secret, path_secret = secrets.get("dingtalk.card_callback.secret"), secrets.get("dingtalk.path_secret")
    if secret is None or (settings.path_secret and path_secret is None):
        return unchecked(card_route.SUBJECT, "its secrets are missing.")
    if why := obstacle(trials.get(CARDS)):
        return unchecked(card_route.SUBJECT, why)
    outcome = await app.register_route(callback.route, clicks.url(path_secret), secret)
    return card_route.judge(callback.route, clicks.base, outcome)
