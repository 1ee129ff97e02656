"""What the callback reads of the bots, and which secrets it opens with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk import config
from rag_on_dingtalk.bots_file import load_bots
from rag_on_dingtalk.config import encode_bots
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.intake import doors
from rag_on_dingtalk.intake.doors import Doors, read_settings
from rag_on_dingtalk.secrets import Secret
from tests.conftest import HERE
from tests.unit.intake.edge import BOTS, ENVIRON, Edge, message, robot_push

if TYPE_CHECKING:
    from rag_on_dingtalk.intake.doors import Route


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        (doors.App, config.DingTalkApp),
        (doors.BotSettings, config.Bot),
        (doors.CardCallback, config.CardCallback),
        (doors.Events, config.Events),
    ],
)
def test_the_part_of_the_settings_says_the_same_as_the_whole(
    part: type[msgspec.Struct], whole: type[msgspec.Struct]
) -> None:
    known = {field.name: field for field in msgspec.structs.fields(whole)}
    for field in msgspec.structs.fields(part):
        assert known[field.name].default == field.default
        assert known[field.name].required == field.required


@pytest.mark.parametrize("file", ["bots.example.yaml", "local/bots.yaml"])
def test_what_was_compiled_is_read(file: str) -> None:
    bots = load_bots(HERE.parent / file)

    settings = read_settings(encode_bots(bots))

    assert list(settings) == list(bots.bots)
    for name, bot in bots.bots.items():
        assert settings[name].dingtalk.client_id == bot.dingtalk.client_id
        assert settings[name].language == bot.language


@pytest.mark.parametrize("compiled", [b"", b"\xff", b"{}", b'{"bots": []}', b'{"bots": {"a": {}}}'])
def test_what_was_not_compiled_says_how_to_make_it(compiled: bytes) -> None:
    with pytest.raises(ConfigurationError, match="python -m rag_on_dingtalk compile"):
        read_settings(compiled)


def opened(references: list[str]) -> Doors:
    def resolve(reference: str) -> Secret:
        references.append(reference)
        return Secret(ENVIRON[reference.removeprefix("env:")])

    return Doors({"handbook": BOTS["handbook"]}, resolve=resolve, log=Edge()._log)


def test_a_secret_is_read_once_however_many_come() -> None:
    references: list[str] = []
    both = opened(references)
    both.prepare()
    both.at("robot", "handbook")

    assert sorted(references) == ["env:AES", "env:CARD", "env:SECRET", "env:TOKEN"]


@pytest.mark.parametrize("route", doors.ROUTES)
def test_a_door_does_not_print_what_opens_it(route: Route) -> None:
    door = opened([]).at(route, "handbook")

    printed = repr(door) + str(door)
    assert not any(secret in printed for secret in ENVIRON.values())


def test_a_route_is_opened_without_the_secrets_of_the_others() -> None:
    references: list[Any] = []
    opened(references).at("robot", "handbook")

    assert references == ["env:SECRET"]


def test_an_address_that_could_be_guessed_is_closed_and_the_log_says_why() -> None:
    edge = Edge(environ={**ENVIRON, "PATH_SECRET": "s3cret"})

    assert edge.send(robot_push(message(), "/robot/hidden/s3cret"))[0] == 401
    (error,) = (str(fields["error"]) for name, fields in edge.lines if name == "bot_closed")
    assert "env:PATH_SECRET cannot be the end of an address" in error
    assert "s3cret" not in error
