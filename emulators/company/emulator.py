"""Leave balances and meeting rooms over HTTP, as a company's own gateway may offer them.

GET /api/leave/{user}            {"code": 0, "data": {"annual": {"total": 10, "used": 3, "left": 7}}}
POST /api/rooms/bookings         {"room", "day", "user"} → 201 {"code": 0, "data": {"id": "B0001", …}}

Every call needs `Authorization: Bearer …`; a booking needs an `Idempotency-Key`, and the same key with other
contents is refused. Nothing is taken on trust: another content type, a field too many, a day that is past.
"""

from __future__ import annotations

import hmac
import json
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from emulators.company.faults import AWAY, BROKEN, LOST, REDIRECT, declare
from emulators.serving import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard

ROOMS = ("北京厅", "上海厅", "广州厅")
_FARTHEST = timedelta(days=60)
_CHINA = timezone(timedelta(hours=8))
_FIELDS = {"room", "day", "user"}


def _today() -> date:
    return datetime.now(_CHINA).date()


class CompanyEmulator:
    """The company's API on a loopback port.

    key: the bearer token. leave: user → (total, used), in days. today: the day in China.
    """

    def __init__(
        self,
        *,
        key: str,
        faults: FaultBoard,
        leave: Mapping[str, tuple[int, int]],
        today: Callable[[], date] = _today,
    ) -> None:
        declare(faults)
        self._key = key
        self._faults = faults
        self._leave = dict(leave)
        self._today = today
        #: (room, day) → who has it, in the order booked.
        self.bookings: dict[tuple[str, str], dict[str, str]] = {}
        self._by_key: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        routes = [
            Route("/api/leave/{user}", self._balance, methods=["GET"]),
            Route("/api/rooms/bookings", self._book, methods=["POST"]),
        ]
        app: Any = Starlette(routes=routes)
        self._server = LoopbackServer(app)

    @property
    def url(self) -> str:
        """Its origin; valid once started."""
        return self._server.url

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._server.stop()

    def _refusal(self, request: Request) -> Response | None:
        if self._faults.strikes(AWAY):
            return _error(503, "unavailable")
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            return _error(401, "bad_token")
        if self._faults.strikes(REDIRECT):
            return RedirectResponse("http://127.0.0.1:9/elsewhere", status_code=302)
        if self._faults.strikes(BROKEN):
            return HTMLResponse("<html><body>Gateway</body></html>")
        return None

    async def _balance(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = self._leave.get(request.path_params["user"])
        if found is None:
            return _error(404, "no_such_employee")
        total, used = found
        return JSONResponse(
            {"code": 0, "data": {"annual": {"total": total, "used": used, "left": total - used}}}
        )

    async def _book(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        key = request.headers.get("idempotency-key", "")
        if not key or request.headers.get("content-type") != "application/json":
            return _error(400, "bad_headers")
        try:
            wanted = json.loads(await request.body())
        except ValueError:
            return _error(400, "not_json")
        if problem := self._problem(wanted):
            return _error(422, problem)
        return self._booked(key, wanted)

    def _booked(self, key: str, wanted: dict[str, str]) -> Response:
        if key in self._by_key:
            before, answer = self._by_key[key]
            return JSONResponse(answer, status_code=201) if before == wanted else _error(422, "key_reused")
        place = (wanted["room"], wanted["day"])
        if place in self.bookings:
            return _error(409, "taken")
        self.bookings[place] = wanted
        booked = {"code": 0, "data": {"id": f"B{len(self.bookings):04d}", **wanted}}
        self._by_key[key] = (wanted, booked)
        return _error(502, "bad_gateway") if self._faults.strikes(LOST) else JSONResponse(booked, 201)

    def _problem(self, wanted: Any) -> str:
        if not isinstance(wanted, dict) or set(wanted) != _FIELDS:
            return "fields"
        if not all(isinstance(value, str) for value in wanted.values()):
            return "types"
        if wanted["user"] not in self._leave:
            return "no_such_employee"
        if wanted["room"] not in ROOMS:
            return "no_such_room"
        try:
            day = date.fromisoformat(wanted["day"])
        except ValueError:
            return "no_day"
        return "" if self._today() <= day <= self._today() + _FARTHEST else "not_bookable"


def _error(status: int, code: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": code.replace("_", " ")}, status_code=status)
