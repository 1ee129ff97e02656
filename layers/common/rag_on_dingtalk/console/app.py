"""From a request to a page: whose it is, whether it may, and what goes out with it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route as WebRoute

from rag_on_dingtalk.console.around import framed, static_file, way_back
from rag_on_dingtalk.console.failures import failed, not_found, refused
from rag_on_dingtalk.console.guard import headers_of, origin_of
from rag_on_dingtalk.console.responses import Begin, Data, Go
from rag_on_dingtalk.console.rights import bots_of
from rag_on_dingtalk.console.routes import ROUTES
from rag_on_dingtalk.console.signing.session import RENEW_MS, form_fits, from_cookie, to_cookie
from rag_on_dingtalk.console.visit import NO_SESSION, Visit
from rag_on_dingtalk.console.web.language import Say
from rag_on_dingtalk.errors import BotError, StateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from rag_on_dingtalk.console.responses import Answer
    from rag_on_dingtalk.console.routes import Route
    from rag_on_dingtalk.console.services import Services
    from rag_on_dingtalk.console.signing.session import Session

#: A form of ours is smaller; the longest holds a skill's whole text.
_LONGEST_FORM = 256 * 1024
SESSION, LOGIN, LANGUAGE = "session", "login", "language"
_YEAR_SECONDS = 365 * 86_400


def console_app(services: Services, metrics: ASGIApp, routes: Sequence[Route] = ROUTES) -> Starlette:
    """The application.

    metrics: answers `/metrics` and `/healthz`.
    """
    web = Console(services, routes)
    return Starlette(
        routes=[
            WebRoute("/healthz", metrics),
            WebRoute("/metrics", metrics),
            WebRoute("/static/{name}", static_file, methods=["GET"]),
            WebRoute("/language", web.language, methods=["GET"]),
            *(WebRoute(route.path, web.endpoint(route), methods=[route.method]) for route in routes),
            WebRoute("/{rest:path}", web.nothing_here, methods=["GET", "POST"]),
        ]
    )


class Console:
    """What every request goes through."""

    def __init__(self, services: Services, routes: Sequence[Route]) -> None:
        self._services = services
        self._menu = [route for route in routes if route.menu is not None]

    def endpoint(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        """The route as Starlette calls it."""

        async def answer(request: Request) -> Response:
            visit, problem = await self._visit(request, route)
            if problem is None:
                problem = await self._handled(visit, route)
            return self._response(request, visit, problem)

        return answer

    async def nothing_here(self, request: Request) -> Response:
        """An address that is none."""
        session = await self._session(request)
        if session is None:
            return self._response(request, self._plain(request), _to_the_door(request))
        visit = self._plain(request, session)
        return self._response(request, visit, not_found(visit.say))

    async def language(self, request: Request) -> Response:
        """Keep the language that was chosen, and go back."""
        from rag_on_dingtalk.console.signing.states import own_page

        chosen = "en" if request.query_params.get("to") == "en" else "zh"
        answer = Begin(
            to=own_page(request.query_params.get("page", "/")),
            cookie=(LANGUAGE, chosen),
            seconds=_YEAR_SECONDS,
        )
        return self._response(request, self._plain(request), answer)

    async def _visit(self, request: Request, route: Route) -> tuple[Visit, Answer | None]:
        """The visit, and what is answered instead of the page."""
        services = self._services
        if origin_of(request, services.url) is None:
            return self._plain(request), refused(_say(request), "address")
        session = None if route.right.open else await self._session(request)
        visit = self._plain(request, session or NO_SESSION)
        if session is None and not route.right.open:
            return visit, _to_the_door(request)
        name = visit.parts.get("bot", "")
        known = services.bots.get(name)
        if name and known is None:
            return visit, not_found(visit.say)
        visit.name = name
        if not route.right.held(visit.user, known):
            return visit, refused(visit.say, "right")
        if route.method == "POST":
            return visit, await self._form(request, visit, route)
        return visit, None

    async def _form(self, request: Request, visit: Visit, route: Route) -> Answer | None:
        """Take the form; what is answered instead, if it is not one of ours."""
        if request.headers.get("origin") != visit.origin:
            return refused(visit.say, "origin")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _LONGEST_FORM:
                return refused(visit.say, "too_long", status=413)
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
        except ValueError:
            return refused(visit.say, "form", status=400)
        visit.form = dict(reversed(pairs))
        if not route.unsigned and not form_fits(
            visit.session, self._services.signer, visit.form.get("form", "")
        ):
            return refused(visit.say, "form")
        if route.confirmed and not visit.session.fresh(visit.now_ms):
            return refused(visit.say, "stale", link=_again(visit))
        return None

    async def _handled(self, visit: Visit, route: Route) -> Answer:
        try:
            return await route.handle(visit)
        except BotError as error:
            if isinstance(error, StateError):
                self._services.log("console_page_failed", level="WARNING", path=route.path, code=error.code)
            else:
                self._services.log(
                    "console_page_failed", level="WARNING", path=route.path, error=type(error).__name__
                )
            return failed(visit.say, error)

    async def _session(self, request: Request) -> Session | None:
        """Who is signed in; None: no one, or not any more.

        Never raises: where Tablestore cannot be asked, no one is let in.
        """
        services = self._services
        value = request.cookies.get(_cookie_name(SESSION, services.url), "")
        session = from_cookie(value, services.signer, services.clock()) if value else None
        if session is None:
            return None
        try:
            held = await services.sessions.holds(session.user, session.id)
        except StateError as error:
            services.log("session_not_read", level="WARNING", error=str(error))
            return None
        return session if held and bots_of(session.user, services.bots) else None

    def _plain(self, request: Request, session: Session = NO_SESSION) -> Visit:
        services = self._services
        agent = request.headers.get("user-agent", "")
        return Visit(
            services=services,
            say=_say(request),
            origin=origin_of(request, services.url) or "",
            now_ms=services.clock(),
            session=session,
            parts={key: str(value) for key, value in request.path_params.items()},
            query=dict(reversed(request.query_params.multi_items())),
            login_nonce=request.cookies.get(_cookie_name(LOGIN, services.url), ""),
            client_ip=request.headers.get("x-fc-client-ip", ""),
            in_client="DingTalk" in agent,
        )

    def _response(self, request: Request, visit: Visit, answer: Answer) -> Response:
        response: Response
        foreign = ""
        if isinstance(answer, Go):
            response = RedirectResponse(answer.to, 303)
        elif isinstance(answer, Data):
            response = JSONResponse(answer.content)
        elif isinstance(answer, Begin):
            response = RedirectResponse(answer.to, 303)
            self._set_cookie(response, *answer.cookie, seconds=answer.seconds)
            if answer.cookie[0] == SESSION:
                self._set_cookie(response, LOGIN, "", seconds=0)
        else:
            foreign = answer.foreign
            content = framed(request, visit, answer, self._menu)
            response = Response(content, answer.status, media_type="text/html; charset=utf-8")
        response.headers.update(headers_of(foreign, secure=visit.origin.startswith("https:")))
        self._renew(response, visit, answer)
        return response

    def _renew(self, response: Response, visit: Visit, answer: Answer) -> None:
        session = visit.session
        if session is NO_SESSION or isinstance(answer, Begin):
            return
        if visit.now_ms - session.seen_ms >= RENEW_MS:
            value = to_cookie(session.seen(visit.now_ms), self._services.signer)
            self._set_cookie(response, SESSION, value, seconds=8 * 3600)

    def _set_cookie(self, response: Response, name: str, value: str, *, seconds: int) -> None:
        secure = self._services.url.startswith("https:")
        response.set_cookie(
            _cookie_name(name, self._services.url),
            value,
            max_age=seconds,
            path="/",
            secure=secure,
            httponly=True,
            # A login comes back from DingTalk's site by a link, and `strict` would strip it of its cookie.
            samesite="lax",
        )


def _cookie_name(name: str, url: str) -> str:
    """A name that only this very host may set, where the connection is secure."""
    return f"__Host-rag-{name}" if url else f"rag-{name}"


def _say(request: Request) -> Say:
    chosen = request.cookies.get("rag-language") or request.cookies.get("__Host-rag-language")
    if chosen is None:
        chosen = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
    return Say("en" if chosen == "en" else "zh")


def _to_the_door(request: Request) -> Go:
    page = way_back(request)
    return Go("/sign-in" if page == "/" else f"/sign-in?page={quote(page, safe='')}")


def _again(visit: Visit) -> str:
    """Where an owner proves who it is, and comes back to the page with the form."""
    page = visit.form.get("page", "") or "/"
    return f"/sign-in/dingtalk?{urlencode({'page': page})}"
