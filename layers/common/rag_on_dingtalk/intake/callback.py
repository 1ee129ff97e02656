"""One push in, one HTTP response out; everything slow is behind the queue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from rag_on_dingtalk.errors import RequestRefusedError
from rag_on_dingtalk.intake.http_event import HttpRequest, HttpResponse, read_event
from rag_on_dingtalk.intake.refusals import fields_of, response_to, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.intake.desk import Desk, Handler
    from rag_on_dingtalk.intake.doors import Doors, Route

#: The third part is the bot's path secret.
_PATH = re.compile(r"/(robot|events|cards)/([^/]+)(?:/([^/]+))?/?")

_PROBED = HttpResponse(200, "{}")


class Callback:
    """Answers DingTalk's pushes."""

    def __init__(self, doors: Doors, desk: Desk) -> None:
        self._doors = doors
        self._desk = desk
        self._handlers: dict[Route, Handler] = {}

    def prepare(self) -> None:
        """Do before the first push arrives what would make it wait."""
        self._doors.prepare()
        self._handler("robot")

    def answer(self, event: bytes) -> HttpResponse:
        """The response to one HTTP trigger event; never raises for what a stranger can send."""
        try:
            return self._answer(read_event(event))
        except RequestRefusedError as refused:
            self._desk.log("refused", level="INFO", **fields_of(refused))
            return response_to(refused)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise RequestRefusedError(404, "path")
        if request.method in ("GET", "HEAD"):
            return _PROBED
        if request.method != "POST":
            raise RequestRefusedError(405, "method")
        if not request.body.strip():
            # Saving the address in DingTalk's console may try it with an empty, unsigned POST.
            return _PROBED
        route = cast("Route", found[1])
        door = self._doors.at(route, found[2])
        if not door.has_path(found[3] or ""):
            raise unauthorized("path_secret")
        return self._handler(route).answer(request, door)

    def _handler(self, route: Route) -> Handler:
        if route not in self._handlers:
            self._handlers[route] = _load(route)(self._desk)
        return self._handlers[route]


def _load(route: Route) -> Callable[[Desk], Handler]:
    """Each route's modules are imported when its first push comes; most instances see messages only."""
    if route == "robot":
        from rag_on_dingtalk.intake.robot import RobotHandler

        return RobotHandler
    if route == "events":
        from rag_on_dingtalk.intake.events import EventHandler

        return EventHandler
    from rag_on_dingtalk.intake.cards import CardHandler

    return CardHandler
