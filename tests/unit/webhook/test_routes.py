"""The callback's part of the bots' settings, and when it reads which secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.errors import ConfigurationError, SecretUnavailableError
from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.bots_document import encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, Events
from rag_on_dingtalk.texts import Texts
from rag_on_dingtalk.webhook import routes
from rag_on_dingtalk.webhook.routes import RouteTable, read_settings
from tests.conftest import HERE
from tests.unit.webhook.edge import (
    BOTS,
    ENVIRON,
    MISSING,
    NOW_MS,
    PATH_SECRET,
    SAY_NOTHING,
    SECRET,
    Edge,
    app,
    card_push,
    click_body,
    event_body,
    event_push,
    message,
    robot_push,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.webhook.routes import Route


@pytest.mark.parametrize("file", ["bots.example.yaml", "devserver/bots.yaml"])
def test_what_was_compiled_is_read(file: str) -> None:
    bots = load_bots(HERE.parent / file)

    settings = read_settings(encode_bots(bots))

    assert list(settings) == list(bots.bots)
    for name, bot in bots.bots.items():
        for field in msgspec.structs.fields(BotBase):
            assert getattr(settings[name], field.name) == getattr(bot, field.name)


@pytest.mark.parametrize("compiled", [b"", b"\xff", b"{}", b'{"bots": []}', b'{"bots": {"a": {}}}'])
def test_what_was_not_compiled_says_how_to_make_it(compiled: bytes) -> None:
    with pytest.raises(ConfigurationError, match="python -m rag_on_dingtalk compile"):
        read_settings(compiled)


def table(references: list[str]) -> RouteTable:
    def resolve(reference: str) -> Secret:
        references.append(reference)
        return Secret(ENVIRON[reference.removeprefix("env:")])

    return RouteTable({"handbook": BOTS["handbook"]}, resolve=resolve, log=Edge().log)


def test_a_secret_is_read_once_however_many_come() -> None:
    references: list[str] = []
    both = table(references)
    both.prepare()
    both.at("robot", "handbook")

    assert sorted(references) == ["env:AES", "env:CARD", "env:SECRET", "env:TOKEN"]


@pytest.mark.parametrize("route", routes.ROUTES)
def test_a_route_does_not_print_its_secrets(route: Route) -> None:
    bot_route = table([]).at(route, "handbook")

    printed = repr(bot_route) + str(bot_route)
    assert not any(secret in printed for secret in ENVIRON.values())


def test_a_route_is_opened_without_the_secrets_of_the_others() -> None:
    references: list[Any] = []
    table(references).at("robot", "handbook")

    assert references == ["env:SECRET"]


def test_an_address_that_could_be_guessed_is_closed_and_the_log_says_why() -> None:
    edge = Edge(environ={**ENVIRON, "PATH_SECRET": "s3cret"})

    assert edge.send(robot_push(message(), "/robot/hidden/s3cret"))[0] == 401
    (error,) = (str(fields["error"]) for name, fields in edge.lines if name == "bot_closed")
    assert "env:PATH_SECRET cannot be the end of an address" in error
    assert "s3cret" not in error


class Kms:
    """Gives `secrets`; raises `failure` while there is one, and counts who asks."""

    def __init__(self, failure: ConfigurationError | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    def __call__(self, reference: str) -> Secret:
        self.asked.append(reference)
        if self.failure is not None:
            raise self.failure
        return Secret(ENVIRON[reference.removeprefix("kms:")])


IN_KMS = {
    "handbook": BotBase(
        dingtalk=app(
            client_secret="kms:SECRET",
            card_callback=CardCallback(secret="kms:CARD", route="handbook"),
            events=Events(token="kms:TOKEN", aes_key="kms:AES"),
        )
    ),
    "hidden": BotBase(
        dingtalk=app(
            client_secret="kms:SECRET", path_secret="kms:PATH_SECRET", card_callback=None, events=None
        ),
        language="en",
    ),
}
AWAY = SecretUnavailableError("KMS answered 503 ServiceUnavailableTemporary for the secret SECRET.")
GONE = ConfigurationError("KMS answered 404 Forbidden.ResourceNotFound for the secret SECRET.")


def test_while_kms_is_away_the_person_is_told_and_the_next_push_opens_the_bot() -> None:
    kms = Kms(AWAY)
    edge = Edge(bots=IN_KMS, kms=kms)
    edge.callback.prepare()
    status, told = edge.send(robot_push(message()))
    kms.failure, edge.seconds = None, 1.0

    assert (status, told["msgtype"]) == (200, "text")
    assert told["text"]["content"] == Texts("zh").say("not_queued")
    assert edge.send(robot_push(message())) == (200, SAY_NOTHING)
    assert len(edge.queued) == 1
    assert [what for what, _ in edge.lines if what != "bot_closed"] == ["not_read", "bot_opened", "queued"]


@pytest.mark.parametrize(
    "push",
    [event_push(event_body(), "/events/handbook"), card_push(click_body(), "/cards/handbook")],
    ids=["event", "click"],
)
def test_while_kms_is_away_what_may_come_again_is_answered_503(push: dict[str, Any]) -> None:
    kms = Kms(AWAY)
    edge = Edge(bots=IN_KMS, kms=kms)

    assert edge.send(push) == (503, {"error": "unavailable"})
    assert (edge.queued, edge.reasons) == ([], ["secret_unavailable"])
    kms.failure, edge.seconds = None, 1.0
    assert edge.send(push)[0] == 200


@pytest.mark.parametrize(
    ("reason", "push"),
    [
        ("unsigned", robot_push(message(), sign="")),
        ("unsigned", robot_push(message(), timestamp="")),
        ("stale", robot_push(message(), timestamp=str(NOW_MS - 3_600_001))),
        ("path_secret", robot_push(message(), "/robot/hidden")),
        ("path_secret", robot_push(message(), "/robot/handbook/anything")),
        ("unknown_bot", robot_push(message(), "/robot/nobody")),
        ("unsigned", event_push(event_body(), signature="")),
        ("stale", event_push(event_body(), timestamp=str(NOW_MS - 600_001))),
        ("unsigned", card_push(click_body(), sign="")),
        ("unsigned", card_push(click_body(), timestamp="")),
    ],
)
def test_while_kms_is_away_what_is_no_push_of_dingtalks_is_told_nothing(
    reason: str, push: dict[str, Any]
) -> None:
    edge = Edge(bots=IN_KMS, kms=Kms(AWAY))

    assert edge.send(push) == (401, {"error": "unauthorized"})
    assert (edge.queued, edge.reasons) == ([], [reason])


def test_an_address_with_a_secret_end_is_answered_in_the_bots_language_while_kms_is_away() -> None:
    edge = Edge(bots=IN_KMS, kms=Kms(AWAY))
    _, told = edge.send(robot_push(message(), f"/robot/hidden/{PATH_SECRET}"))

    assert told["text"]["content"] == Texts("en").say("not_queued")


@pytest.mark.parametrize(("failure", "asked"), [(AWAY, 1), (GONE, 3)], ids=["away", "gone"])
def test_kms_is_asked_once_a_second_however_many_come(failure: ConfigurationError, asked: int) -> None:
    kms = Kms(failure)
    edge = Edge(bots=IN_KMS, kms=kms)
    pushes = [
        robot_push(message()),
        robot_push(message(), sign=""),
        robot_push(message(), f"/robot/hidden/{PATH_SECRET}"),
        event_push(event_body()),
        card_push(click_body()),
    ]
    edge.callback.prepare()
    for _ in range(20):
        for push in pushes:
            edge.send(push)

    # Away: one answer stands for every secret. Gone: one for each, SECRET (of two bots), TOKEN and CARD.
    assert len(kms.asked) == asked
    edge.seconds = 1.0
    edge.send(pushes[0])
    assert len(kms.asked) == asked + 1


def test_that_a_bot_is_closed_is_said_once_and_again_when_the_reason_changes() -> None:
    kms = Kms(AWAY)
    edge = Edge(bots=IN_KMS, kms=kms)
    for second, failure in enumerate([AWAY, AWAY, GONE, GONE, AWAY]):
        kms.failure, edge.seconds = failure, 2.0 * second
        edge.send(robot_push(message()))

    said = [(fields["level"], fields["reason"]) for what, fields in edge.lines if what == "bot_closed"]
    assert said == [
        ("ERROR", "secret_unavailable"),
        ("ERROR", "secret_missing"),
        ("ERROR", "secret_unavailable"),
    ]


def test_secrets_that_cost_nothing_to_look_for_are_looked_for_each_time() -> None:
    edge = Edge()
    edge.send(robot_push(message(), "/robot/unfinished"))
    edge.environ[MISSING] = SECRET

    assert edge.send(robot_push(message(), "/robot/unfinished"))[0] == 200
