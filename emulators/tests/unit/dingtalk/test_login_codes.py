"""Codes of both logins: each works once, for one app, for five minutes."""

from __future__ import annotations

from itertools import count

import pytest

from emulators.dingtalk.login.codes import CODE_LIFE_S, TOKEN_LIFE_S, Codes, Kind
from emulators.dingtalk.organisation.people import Person, RobotApp

ONE = RobotApp(name="one", client_id="one", client_secret="s")
OTHER = RobotApp(name="other", client_id="other", client_secret="s")
PERSON = Person(nick="小明", staff_id="u1")
KINDS: tuple[Kind, ...] = ("browser", "client")


class World:
    def __init__(self) -> None:
        self.now = 0.0
        numbers = count()
        self.codes = Codes(lambda: self.now, lambda: f"id{next(numbers)}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_works_once_for_its_app_and_its_way(kind: Kind) -> None:
    world = World()
    code = world.codes.issue(kind, ONE, PERSON, "corp")
    wrong_way = KINDS[1 - KINDS.index(kind)]

    assert world.codes.take(kind, code, OTHER) is None
    assert world.codes.take(wrong_way, code, ONE) is None
    taken = world.codes.take(kind, code, ONE)
    assert taken is not None
    assert taken.person is PERSON
    assert world.codes.take(kind, code, ONE) is None


def test_a_code_and_a_token_end() -> None:
    world = World()
    code = world.codes.issue("browser", ONE, PERSON, "corp")
    issued = world.codes.take("browser", world.codes.issue("browser", ONE, PERSON, "corp"), ONE)
    assert issued is not None
    token = world.codes.token(issued)
    world.now = CODE_LIFE_S
    assert world.codes.take("browser", code, ONE) is None
    assert world.codes.of_token(token) is not None
    world.now = TOKEN_LIFE_S
    assert world.codes.of_token(token) is None
    assert world.codes.of_token("made up") is None
