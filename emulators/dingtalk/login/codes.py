"""Codes and user tokens: each code works once, for one app, for five minutes. No I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.organisation.people import Person, RobotApp

CODE_LIFE_S = 300
TOKEN_LIFE_S = 7200

Kind = Literal["browser", "client"]


@dataclass(frozen=True)
class Issued:
    """What a code stands for.

    corp: the organisation that the person chose; empty: the scope did not ask for it.
    """

    kind: Kind
    robot: RobotApp
    person: Person
    corp: str
    until: float


class Codes:
    """Issues codes and exchanges them.

    clock: seconds since the epoch. new_id: a fresh id on each call.
    """

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._codes: dict[str, Issued] = {}
        self._tokens: dict[str, Issued] = {}

    def issue(self, kind: Kind, robot: RobotApp, person: Person, corp: str) -> str:
        """A code for one app and person."""
        code = f"{self._new_id()}{self._new_id()}"
        self._codes[code] = Issued(kind, robot, person, corp, self._clock() + CODE_LIFE_S)
        return code

    def take(self, kind: Kind, code: str, robot: RobotApp) -> Issued | None:
        """What the code stands for, once; None: it is used, old, another app's or of the other kind."""
        issued = self._codes.get(code)
        if issued is None or issued.kind != kind or issued.robot is not robot:
            return None
        del self._codes[code]
        return issued if self._clock() < issued.until else None

    def token(self, issued: Issued) -> str:
        """A token of the person."""
        token = f"user{self._new_id()}{self._new_id()}"
        until = self._clock() + TOKEN_LIFE_S
        self._tokens[token] = Issued(issued.kind, issued.robot, issued.person, issued.corp, until)
        return token

    def of_token(self, token: str) -> Issued | None:
        """Whose token it is; None: no token, or an old one."""
        issued = self._tokens.get(token)
        return issued if issued is not None and self._clock() < issued.until else None
