"""One push in, one HTTP response out; everything slow is behind the queue."""

from __future__ import annotations

import re
from _thread import allocate_lock
from typing import TYPE_CHECKING, cast

from rag_on_dingtalk.cloud.fc_web import HttpRequest, HttpResponse
from rag_on_dingtalk.errors import RequestRefusedError
from rag_on_dingtalk.webhook.refusals import fields_of, response_to
from rag_on_dingtalk.webhook.verification import check_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.webhook.routes import Route, RouteTable
    from rag_on_dingtalk.webhook.submit import Handler, WebhookContext

#: The third part is the bot's path secret.
_PATH = re.compile(r"/(robot|events|cards)/([^/]+)(?:/([^/]+))?/?")

_PROBED = HttpResponse(200, "{}")


class Callback:
    """Answers DingTalk's pushes, several at once."""

    def __init__(self, routes: RouteTable, context: WebhookContext) -> None:
        self._routes = routes
        self._context = context
        self._handlers: dict[Route, Handler] = {}
        self._loading = allocate_lock()

    def prepare(self) -> None:
        """Do before the first push arrives what would make it wait."""
        self._routes.prepare()
        self._handler("robot")

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to one request; never raises for what an unsigned one can hold."""
        try:
            return self._answer(request)
        except RequestRefusedError as refused:
            self._context.log("refused", level="INFO", **fields_of(refused))
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
        bot_route = self._routes.at(route, found[2])
        check_path(bot_route, found[3] or "")
        return self._handler(route).answer(request, bot_route)

    def _handler(self, route: Route) -> Handler:
        # One handler a route: it counts what each signature has carried.
        with self._loading:
            if route not in self._handlers:
                self._handlers[route] = _load(route)(self._context)
            return self._handlers[route]


def _load(route: Route) -> Callable[[WebhookContext], Handler]:
    """Each route's modules are imported when its first push comes; most instances see messages only."""
    if route == "robot":
        from rag_on_dingtalk.webhook.robot_message import RobotHandler

        return RobotHandler
    if route == "events":
        from rag_on_dingtalk.webhook.org_event import EventHandler

        return EventHandler
    from rag_on_dingtalk.webhook.card_action import CardHandler

    return CardHandler
