"""Every backend: a failure has the right kind, says what to do, keeps what was said and tells no secret."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

import pytest

from emulators.serving import hold_port
from rag_on_dingtalk.backends.transport.body import REFUSAL_LIMIT, SEARCH_LIMIT
from rag_on_dingtalk.backends.verdicts.failures import QUOTE_LIMIT
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.sections.backends import Timeouts
from rag_on_dingtalk.testing.outcome import outcome, soon
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, Script, body, chunk, head, stream
from tests.contract.backends.conftest import DIALECTS

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import ScriptedServer

#: Longer than `soon` lets a test wait.
ENDLESS = Timeouts(first_byte=120.0, idle=120.0)

PAGE = "<!DOCTYPE html><html><title>502 Bad Gateway</title><script>token()</script></html>"

#: One of each kind; the table of all words is tested where it is written.
PROVIDER_WORDS = {
    "API request failed with status code 429: slow down": FailureKind.BUSY,
    "insufficient_user_quota": FailureKind.QUOTA,
    "401 Incorrect API key provided: sk-live**********9xQz": FailureKind.UPSTREAM,
}


@pytest.mark.parametrize("words", PROVIDER_WORDS)
async def test_a_provider_failure_before_any_text_is_told_by_its_words(
    words: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([dialect.failure(words)]))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is PROVIDER_WORDS[words]
    assert seen.text == ""


@pytest.mark.parametrize("words", PROVIDER_WORDS)
async def test_a_provider_failure_after_text_is_an_interruption(
    words: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([dialect.text("补卡"), dialect.failure(words), dialect.end()]))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.INTERRUPTED
    assert seen.text == "补卡"


@pytest.mark.parametrize("words", PROVIDER_WORDS)
async def test_a_refusal_in_the_products_own_form_is_told_by_its_words(
    words: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(500, dialect.refusal(words)))

    assert (await outcome(dialect.build(server.url, http))).kind is PROVIDER_WORDS[words]


@pytest.mark.shared
@pytest.mark.parametrize("content_type", ["text/html", ""])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, FailureKind.CONFIG_TARGET),
        (400, FailureKind.BAD_INPUT),
        (401, FailureKind.CONFIG_AUTH),
        (402, FailureKind.QUOTA),
        (403, FailureKind.CONFIG_AUTH),
        (404, FailureKind.CONFIG_TARGET),
        (405, FailureKind.CONFIG_TARGET),
        (413, FailureKind.BAD_INPUT),
        (422, FailureKind.BAD_INPUT),
        (429, FailureKind.BUSY),
        (500, FailureKind.UPSTREAM),
        (502, FailureKind.UPSTREAM),
        (503, FailureKind.BUSY),
        (504, FailureKind.UPSTREAM),
    ],
)
async def test_a_page_of_a_proxy_is_told_by_its_status(
    status: int,
    kind: FailureKind,
    content_type: str,
    dialect: Dialect,
    http: httpx.AsyncClient,
    server: ScriptedServer,
) -> None:
    server.will(body(status, PAGE, content_type))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is kind
    assert f"answered {status}: a web page. " in str(seen.error)


@pytest.mark.shared
async def test_a_redirect_names_where_it_leads(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    location = "Location: https://login.example.com/sso?ticket=abc\r\n"
    server.will([head(302, "text/html", location), LAST_CHUNK])

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "a redirect to https://login.example.com/sso." in str(seen.error)


@pytest.mark.shared
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", ""])
async def test_a_web_page_instead_of_a_stream_means_a_wrong_address(
    content_type: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(200, PAGE, content_type))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "backend.base_url" in str(seen.error)


async def test_a_200_that_is_no_stream_is_quoted(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(200, '{"code": 7, "message": "gateway asleep"}'))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.UPSTREAM
    assert "gateway asleep" in str(seen.error)


@pytest.mark.shared
async def test_an_endless_body_without_events_is_given_up(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), *[chunk(b"x" * 65536)] * (SEARCH_LIMIT // 65536 + 1), Move.STAY_SILENT])

    seen = await soon(outcome(dialect.build(server.url, http, ENDLESS)))

    assert seen.kind is FailureKind.UPSTREAM
    await soon(server.hung_up.wait())


@pytest.mark.shared
async def test_no_more_than_the_beginning_of_a_refusal_is_read(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(500, "text/plain"), chunk(b"stack trace " * REFUSAL_LIMIT), Move.STAY_SILENT])

    seen = await soon(outcome(dialect.build(server.url, http, ENDLESS)))

    assert seen.kind is FailureKind.UPSTREAM
    assert len(str(seen.error)) < QUOTE_LIMIT + 200
    await soon(server.hung_up.wait())


@pytest.mark.shared
async def test_a_refusal_that_breaks_off_is_still_told_by_its_status(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(403), chunk(b'{"error": "No val'), Move.HANG_UP])

    assert (await outcome(dialect.build(server.url, http))).kind is FailureKind.CONFIG_AUTH


@pytest.mark.parametrize("answer", ["", "\n\u3000\n"])
async def test_a_blank_answer_is_an_empty_one(
    answer: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([dialect.text(answer), dialect.end()]))

    assert (await outcome(dialect.build(server.url, http))).kind is FailureKind.EMPTY


@pytest.mark.shared
@pytest.mark.parametrize("nothing", [b"", b": keep-alive\n\n", b"event: ping\n\n"])
async def test_a_stream_without_an_event_is_the_products_failure(
    nothing: bytes, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will([head(), *([chunk(nothing)] if nothing else []), LAST_CHUNK])

    assert (await outcome(dialect.build(server.url, http))).kind is FailureKind.UPSTREAM


@pytest.mark.parametrize("name", DIALECTS)
async def test_every_product_is_wired_to_what_is_shared(
    name: str, tls_free_http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    """One case of each kind of failure that the tests marked `shared` try in full with one product."""
    dialect = DIALECTS[name]()
    wired: list[tuple[Script, FailureKind]] = [
        (body(503, PAGE, "text/html"), FailureKind.BUSY),
        (body(200, PAGE, "text/html"), FailureKind.CONFIG_TARGET),
        ([head(), chunk(b": keep-alive\n\n"), LAST_CHUNK], FailureKind.UPSTREAM),
        ([head(), chunk(dialect.text("补卡")), Move.HANG_UP], FailureKind.INTERRUPTED),
        ([head(), chunk(dialect.text("")), LAST_CHUNK], FailureKind.UPSTREAM),
        ([Move.RESET], FailureKind.UNREACHABLE),
    ]
    for script, kind in wired:
        server.will(script)
        seen = await outcome(dialect.build(server.url, tls_free_http))
        assert seen.kind is kind
        assert str(seen.error).endswith(".")


def breaks(said: bytes) -> dict[str, Script]:
    return {
        "ends without its last word": [head(), chunk(said), LAST_CHUNK],
        "hangs up": [head(), chunk(said), Move.HANG_UP],
        "hangs up within an event": [head(), chunk(said + b'data: {"event": "mess'), Move.HANG_UP],
        "hangs up within a chunk": [head(), chunk(said), b"ff\r\ndata:", Move.HANG_UP],
    }


@pytest.mark.shared
@pytest.mark.parametrize("how", breaks(b""))
async def test_an_answer_that_breaks_off_keeps_its_text_and_says_so(
    how: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(breaks(dialect.text("补卡") + dialect.text("每月"))[how])

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.INTERRUPTED
    assert seen.text == "补卡每月"


@pytest.mark.shared
@pytest.mark.parametrize("how", breaks(b""))
async def test_an_answer_that_breaks_off_before_its_text_is_the_products_failure(
    how: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(breaks(dialect.text(""))[how])

    assert (await outcome(dialect.build(server.url, http))).kind is FailureKind.UPSTREAM


@pytest.mark.shared
async def test_a_connection_reset_after_text_is_an_interruption(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    heard = asyncio.Event()
    server.will([head(), chunk(dialect.text("补卡")), heard, Move.RESET])

    seen = await outcome(dialect.build(server.url, http), on_text=heard.set)

    assert (seen.kind, seen.text) == (FailureKind.INTERRUPTED, "补卡")


@pytest.mark.shared
async def test_a_connection_reset_after_the_last_word_is_no_failure(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    heard = asyncio.Event()
    server.will([head(), chunk(dialect.end() + dialect.text("补卡")), heard, Move.RESET])

    seen = await outcome(dialect.build(server.url, http), on_text=heard.set)

    assert (seen.kind, seen.text) == (None, "补卡")


@pytest.mark.shared
@pytest.mark.parametrize(
    "script",
    [
        [Move.HANG_UP],
        [Move.RESET],
        [b"SSH-2.0-OpenSSH_9.6\r\n", Move.HANG_UP],
        [b"HTTP/1.1 200 OK\r\nCont", Move.HANG_UP],
    ],
    ids=["hangs up", "resets", "speaks no HTTP", "hangs up within the headers"],
)
async def test_a_server_that_answers_nothing_is_unreachable(
    script: Script, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(script)

    assert (await outcome(dialect.build(server.url, http))).kind is FailureKind.UNREACHABLE


@pytest.mark.shared
async def test_a_refused_connection_is_unreachable(dialect: Dialect, http: httpx.AsyncClient) -> None:
    with hold_port() as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        seen = await outcome(dialect.build(url, http))

    assert seen.kind is FailureKind.UNREACHABLE
    assert "backend.base_url" in str(seen.error)


@pytest.mark.shared
async def test_a_server_without_tls_is_unreachable_by_https(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    seen = await outcome(dialect.build(server.url.replace("http:", "https:"), http))

    assert seen.kind is FailureKind.UNREACHABLE


@pytest.mark.shared
async def test_an_address_that_is_no_url_is_a_wrong_target(dialect: Dialect, http: httpx.AsyncClient) -> None:
    assert (await outcome(dialect.build("http://[::1", http))).kind is FailureKind.CONFIG_TARGET


@pytest.mark.parametrize("status", [200, 403])
async def test_a_backend_that_repeats_the_key_does_not_make_us_tell_it(
    status: int, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    words = f"bad header Authorization: Bearer {dialect.key} (key={dialect.key}, {dialect.key[:20]})"
    script = stream([dialect.failure(words)]) if status == 200 else body(status, dialect.refusal(words))
    server.will(script)

    seen = await outcome(dialect.build(server.url, http))

    assert seen.error is not None
    assert "bad header" in str(seen.error)
    assert dialect.key[:12] not in "".join(traceback.format_exception(seen.error))


@pytest.mark.shared
@pytest.mark.parametrize("stray", ["\n", "\x00", "，", " "])
async def test_a_key_no_header_can_carry_is_refused_without_being_told(
    stray: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    key = f"first-half{stray}second-half"
    dialect.key = key

    seen = await outcome(dialect.build(server.url, http))

    assert seen.kind is FailureKind.CONFIG_AUTH
    assert "half" not in "".join(traceback.format_exception(seen.error))
    assert server.received == []
