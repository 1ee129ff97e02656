"""A cookie that a server sets for one person's request does not come with the next person's."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import httpx
import pytest

from devserver.settings import LIBRARY, ROOT
from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.net.cookieless import shared_client
from rag_on_dingtalk.net.cookies import no_cookies
from rag_on_dingtalk.settings.sections.backends import Connection
from rag_on_dingtalk.testing.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENTS: dict[str, Callable[[], httpx.AsyncClient]] = {
    "a backend's": lambda: client_for(Connection()),
    "DingTalk's": lambda: shared_client(limits=httpx.Limits(), trust=trust()),
    "the console's": lambda: httpx.AsyncClient(cookies=no_cookies(), trust_env=False),
}
ANSWER = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=of-the-first; Path=/\r\nContent-Length: 2\r\n\r\n{}"
#: They end with what one person asks in a terminal, or with the suite that uses them.
_SHORT = ("cli", "testing")


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
async def test_no_cookie_comes_back(client: Callable[[], httpx.AsyncClient]) -> None:
    server = ScriptedServer()
    listening = await server.start()
    # aiohttp keeps none of a bare IP address.
    url = server.url.replace("127.0.0.1", "localhost")
    async with client() as http:
        for _ in range(2):
            server.will([ANSWER])
            response = await http.post(url, json={})
            assert "set-cookie" in response.headers
    await server.stop(listening)

    assert [request.headers.get("cookie") for request in server.received] == [None, None]


def test_every_client_of_ours_says_what_becomes_of_cookies() -> None:
    made = list(clients())

    assert {"cookieless.py", "building.py", "fetching.py", "app.py"} == {name for name, _ in made}
    # It has a session for each request.
    made = [(name, arguments) for name, arguments in made if name != "fetching.py"]
    assert [name for name, arguments in made if not arguments & {"cookies", "cookie_jar"}] == []


def clients() -> Iterator[tuple[str, set[str | None]]]:
    """Where a client of httpx or aiohttp is made, and by which arguments."""
    library = LIBRARY / "rag_on_dingtalk"
    files = [*(ROOT / "bridge").rglob("*.py"), *(ROOT / "functions").rglob("*.py"), *library.rglob("*.py")]
    for file in files:
        if file.is_relative_to(library) and file.relative_to(library).parts[0] in _SHORT:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"AsyncClient", "Client", "ClientSession"}:
                yield file.name, {keyword.arg for keyword in node.keywords}
