"""What stands around every page, menu and languages, and the files that pages need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from rag_on_dingtalk.console.guard import headers_of
from rag_on_dingtalk.console.rights import bots_of
from rag_on_dingtalk.console.visit import NO_SESSION
from rag_on_dingtalk.console.web.layout import Frame, MenuEntry, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from rag_on_dingtalk.console.responses import Page
    from rag_on_dingtalk.console.routes import Route
    from rag_on_dingtalk.console.visit import Visit

_STATIC = Path(__file__).with_name("static")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def way_back(request: Request) -> str:
    """The page that is asked for, with its query; of a form, which is not sent again, the first page."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def framed(request: Request, visit: Visit, answer: Page, menu: Sequence[Route]) -> str:
    """The whole document of a page.

    menu: the routes that have an entry in it.
    """
    other = "en" if visit.say.language == "zh" else "zh"
    frame = Frame(
        say=visit.say,
        menu=_entries(request, visit, menu),
        bots=tuple(
            (visit.services.bots[name].title, f"/bots/{name}/overview", name == visit.name)
            for name in bots_of(visit.user, visit.services.bots)
        ),
        user=visit.session.name or visit.user,
        other_language=f"/language?{urlencode({'to': other, 'page': way_back(request)})}",
        token=visit.token if visit.session is not NO_SESSION else "",
    )
    bare = answer.bare or visit.session is NO_SESSION
    return document(frame, answer.title, answer.body, bare=bare, script=answer.foreign)


def _entries(request: Request, visit: Visit, menu: Sequence[Route]) -> tuple[MenuEntry, ...]:
    if not visit.name:
        return ()
    bot = visit.services.bots[visit.name]
    entries = []
    for route in menu:
        if route.menu is None or not route.right.held(visit.user, bot):
            continue
        address = route.path.replace("{bot}", visit.name)
        current = request.url.path == address or request.url.path.startswith(f"{address}/")
        label = visit.say(route.menu.zh, route.menu.en)
        entries.append(MenuEntry(route.menu.picture, label, address, current))
    return tuple(entries)


async def static_file(request: Request) -> Response:
    """A style sheet, a script or a picture of ours."""
    name = request.path_params["name"]
    kind = _TYPES.get(Path(name).suffix)
    file = _STATIC / name
    if kind is None or file.parent != _STATIC or not file.is_file():
        return Response("There is no such file.", 404, media_type="text/plain")
    response = Response(file.read_bytes(), media_type=kind)
    response.headers.update(headers_of("", secure=False))
    response.headers["cache-control"] = "no-cache"
    return response
