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

from devserver.page.attachments import picture_type, sorted_out
from devserver.page.bodies import Click, RefusedError, Say, SwitchFault, read_body, received
from devserver.page.event_stream import event_stream
from devserver.page.guard import Guard
from devserver.page.inspection import faults, inspect, log
from devserver.page.metrics import LocalMetrics
from devserver.page.turn import Asked, report
from devserver.page.views import Views
from emulators.faults import UnknownFaultError
from rag_on_dingtalk.models.question import turn_id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from devserver.system import LocalSystem
    from emulators.dingtalk import Card, Conversation, Message, Person, RobotApp

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
    metrics = LocalMetrics(system)
    routes += [Route("/metrics", metrics), Route("/healthz", metrics)]
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
        self._views = Views(system.dingtalk, system.bots.bots, self._addressed, system.backend_of)

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
            quote = self._entry(said.quote, [conversation]) if said.quote else None
            forward = [self._entry(one, dingtalk.conversations) for one in said.forward]
        except LookupError as error:
            raise RefusedError(400, str(error.args[0])) from error
        message_id = f"msg{secrets.token_hex(12)}=="
        turn_id = turn_id_of(robot.name, message_id)
        if said.to_bot:
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
                quote=quote,
                forward=forward,
                to_robot=said.to_bot,
            )
        except ValueError as error:
            self._addressed.pop(message_id, None)
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
        words = {"dislike": "reason", "ask": "question", "approve": "hours"}.get(clicked.action)
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

    def _entry(self, entry_id: str, conversations: list[Conversation]) -> Message | Card:
        """A message or card by its id on the page."""
        entries = (entry for conversation in conversations for entry in conversation.entries)
        found = next((one for one in entries if self._views.entry_id(one) == entry_id), None)
        if found is None:
            raise LookupError(f"There is no message or card {entry_id!r} in this conversation.")
        return found

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
    sentence = f"{request.method} {request.url.path} is not served here. See devserver/page/api.py."
    return JSONResponse({"error": sentence}, status)
