"""The console's API, and the page in front of it."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.console.attachments import picture_type, sorted_out
from local.console.bodies import Click, RefusedError, Say, SwitchFault, read_body, received
from local.console.event_stream import event_stream
from local.console.guard import Guard
from local.console.inspection import faults, inspect, log
from local.console.turn import Asked, report
from local.console.views import Views
from local.faults import UnknownFaultError
from rag_on_dingtalk.model import turn_id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.dingtalk import Conversation, Person, RobotApp
    from local.system import LocalSystem

    Endpoint = Callable[[Request], Awaitable[Response]]

#: A card has fewer frames than this many digits can say.
_DIGITS = 6

STATIC = Path(__file__).with_name("static")


def console_app(system: LocalSystem, *, page: bool = True) -> Starlette:
    """The application; every error under `/api` is `{"error": sentence}`.

    page: also serve the page at `/`.
    """
    api = _Api(system)
    routes: list[BaseRoute] = [
        api.route("GET", "/api/state", api.state),
        api.route("GET", "/api/feed", api.feed),
        api.route("GET", "/api/inspect", api.inspect),
        api.route("GET", "/api/log", api.log),
        api.route("GET", "/api/turns/{turn_id}", api.turn),
        api.route("GET", "/api/media/{media_id}", api.media),
        api.route("POST", "/api/say", api.say),
        api.route("POST", "/api/click", api.click),
        api.route("POST", "/api/faults", api.switch_fault),
    ]
    if page:
        routes.append(Mount("/", app=StaticFiles(directory=STATIC, html=True)))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard)],
        exception_handlers={RefusedError: _refused, HTTPException: _no_such_thing},
    )


class _Api:
    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._asked: dict[str, Asked] = {}
        self._addressed: dict[str, str] = {}
        self._views = Views(system.dingtalk, system.bots.bots, self._addressed)

    def route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        async def once_running(request: Request) -> Response:
            if not self._system.running:
                raise RefusedError(503, "The local system is starting or stopping. Ask again in a moment.")
            return await endpoint(request)

        return Route(path, once_running, methods=[method])

    async def state(self, _request: Request) -> Response:
        return _json(self._views.state())

    async def feed(self, _request: Request) -> Response:
        events = event_stream(self._system.dingtalk.subscribe, self._views)
        return StreamingResponse(events, media_type="text/event-stream")

    async def inspect(self, _request: Request) -> Response:
        return _json(inspect(self._system, self._views))

    async def log(self, _request: Request) -> Response:
        return _json(log(self._system, sys.maxsize))

    async def turn(self, request: Request) -> Response:
        turn_id = request.path_params["turn_id"]
        seen = request.query_params.get("frames_from", "0")
        if not seen.isdecimal() or len(seen) > _DIGITS:
            raise RefusedError(400, "frames_from is the number of frames you have already.")
        found = report(self._system, self._views, turn_id, self._asked.get(turn_id), frames_from=int(seen))
        if found is None:
            raise RefusedError(404, f"There is no turn {turn_id}.")
        return _json(found)

    async def media(self, request: Request) -> Response:
        """A picture to look at, or any other file to keep: nothing else may open on this page's origin."""
        media_id = request.path_params["media_id"]
        kept = self._system.dingtalk.media
        found = kept.find(media_id) or kept.sent(media_id)
        if found is None:
            raise RefusedError(404, f"There is no picture or file {media_id}.")
        picture = picture_type(found.data)
        if picture:
            return Response(found.data, media_type=picture)
        disposition = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
        headers = {"Content-Disposition": disposition}
        return Response(found.data, media_type="application/octet-stream", headers=headers)

    async def say(self, request: Request) -> Response:
        said = read_body(await received(request), Say)
        dingtalk = self._system.dingtalk
        pictures, file = sorted_out(said.attachments)
        try:
            person, robot = dingtalk.person(said.person), dingtalk.robot(said.bot)
            conversation = self._place(said, person, robot)
        except LookupError as error:
            raise RefusedError(400, str(error.args[0])) from error
        message_id = f"msg{secrets.token_hex(12)}=="
        turn_id = turn_id_of(robot.name, message_id)
        self._addressed[message_id] = robot.name
        try:
            outcome = await dingtalk.say(
                person=person,
                conversation=conversation,
                text=said.text,
                pictures=pictures,
                file=file,
                robot=robot,
                msg_id=message_id,
                times=said.times,
            )
        except ValueError as error:
            del self._addressed[message_id]
            raise RefusedError(400, str(error)) from error
        self._asked[turn_id] = Asked(outcome.message, robot)
        return _json(
            {
                "message_id": message_id,
                "turn_id": turn_id,
                "conversation": conversation.id,
                "delivered": outcome.delivered,
                "pushes": [self._views.push(push) for push in outcome.pushes],
            }
        )

    async def click(self, request: Request) -> Response:
        clicked = read_body(await received(request), Click)
        dingtalk = self._system.dingtalk
        try:
            person, card = dingtalk.person(clicked.person), dingtalk.card(clicked.card)
        except LookupError as error:
            raise RefusedError(400, str(error.args[0])) from error
        words = {"dislike": "reason", "ask": "question"}.get(clicked.action)
        params = {"action": clicked.action} | ({words: clicked.words} if words and clicked.words else {})
        push = await dingtalk.click(card, person=person, action_id=clicked.action, params=params)
        if push.error:
            raise RefusedError(502, f"The click was not taken: {push.error}.")
        return _json(self._views.push(push))

    async def switch_fault(self, request: Request) -> Response:
        body = read_body(await received(request), SwitchFault)
        board = self._system.faults
        try:
            board.switch_on(body.name, probability=body.probability, count=body.count, value=body.value)
        except UnknownFaultError as error:
            raise RefusedError(400, str(error)) from error
        if not body.on:
            board.switch_off(body.name)
        return _json(faults(board))

    def _place(self, said: Say, person: Person, robot: RobotApp) -> Conversation:
        if said.conversation:
            return self._system.dingtalk.conversation(said.conversation)
        if said.group:
            return self._system.dingtalk.group(said.group)
        return self._system.dingtalk.private(person, robot)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _refused(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RefusedError) else 500
    return JSONResponse({"error": str(error)}, status)


async def _no_such_thing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = f"{request.method} {request.url.path} is not served here. See local/console/api.py."
    return JSONResponse({"error": sentence}, status)
