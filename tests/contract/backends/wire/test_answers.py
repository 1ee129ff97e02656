"""Every backend: an answer is what the product said, however the bytes arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Ask
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, Script, chunk, head, stream

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import ScriptedServer

PIECES = ["补卡", "每月", "\u2028三次。\x0c", "🙂 see “§ 4”\r\n", " data: [DONE] "]
WHOLE = "".join(PIECES)


def spoken(dialect: Dialect) -> bytes:
    return b"".join(map(dialect.text, PIECES)) + dialect.end()


async def test_the_text_is_the_concatenation_of_the_pieces(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([*map(dialect.text, PIECES), dialect.end()]))

    seen = await outcome(dialect.build(server.url, http))

    assert seen.error is None
    assert seen.text == WHOLE
    cited = [(citation.title, citation.excerpt) for citation in seen.citations]
    assert cited == ([("员工手册.md", "补卡每月三次。")] if dialect.cites else [])
    assert seen.identifiers.message_id


async def test_an_answer_that_arrives_byte_by_byte_is_the_same(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    whole = spoken(dialect)
    server.will(stream(whole[at : at + 1] for at in range(len(whole))))

    assert (await outcome(dialect.build(server.url, http))).text == WHOLE


async def test_an_answer_that_arrives_at_once_is_the_same(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([spoken(dialect)]))

    assert (await outcome(dialect.build(server.url, http))).text == WHOLE


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
async def test_every_line_end_of_the_standard_is_understood(
    line_end: bytes, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([spoken(dialect).replace(b"\n", line_end)]))

    assert (await outcome(dialect.build(server.url, http))).text == WHOLE


async def test_everything_but_data_is_passed_over(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    noise = [
        b"\xef\xbb\xbf: a comment\n\n",
        b"event: ping\n\n",
        b"id: 7\nretry: 3000\n\n",
        b"data: \n\n",
        b"data: [DONE]\n\n",
        b"data: keep-alive\n\n",
        b'data: ["no", "object"]\n\n',
        b'data: {"event": "node_started", "type": "agentThought", "data": null}\n\n',
        b"\xff\xfe garbage\n",
        b"<!-- a proxy was here -->\n",
    ]
    first, *others = map(dialect.text, PIECES)
    no_space = first.replace(b"data: ", b"data:", 1)
    server.will(stream([*noise, no_space, *noise[1:], *others, *noise[1:], dialect.end(), *noise[1:]]))

    seen = await outcome(dialect.build(server.url, http))

    assert (seen.error, seen.text) == (None, WHOLE)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "text/html"])
async def test_a_stream_is_known_by_its_events_not_by_its_content_type(
    content_type: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([spoken(dialect)], content_type=content_type))

    assert (await outcome(dialect.build(server.url, http))).text == WHOLE


def ends(said: bytes) -> dict[str, Script]:
    return {
        "kept open": [head(), chunk(said), LAST_CHUNK, Move.STAY_SILENT],
        "without the last chunk": [head(), chunk(said), Move.HANG_UP],
        "without any length": [b"HTTP/1.1 200 OK\r\n\r\n", said, Move.HANG_UP],
        "without the last blank line": [head(), chunk(said.rstrip(b"\n")), LAST_CHUNK],
    }


@pytest.mark.parametrize("end", ends(b""))
async def test_a_complete_answer_is_complete_however_the_connection_ends(
    end: str, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(ends(spoken(dialect))[end])

    seen = await outcome(dialect.build(server.url, http))

    assert (seen.error, seen.text) == (None, WHOLE)


async def test_the_key_and_the_trace_travel_with_the_question(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([spoken(dialect)]))

    await outcome(dialect.build(server.url, http))

    (asked,) = server.received
    assert asked.method == "POST"
    assert asked.headers["authorization"] == f"Bearer {dialect.key}"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["x-request-id"] == ASK.trace_id
    assert dialect.asked(asked.body) == ASK.text


async def test_the_next_question_continues_the_session(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http)
    server.will(stream([spoken(dialect)]))
    first = await outcome(backend)

    server.will(stream([spoken(dialect)]))
    following = msgspec.structs.replace(
        ASK,
        text="每月几次？",
        conversation_id=first.identifiers.conversation_id,
        history=(Exchange(ASK.text, first.text),),
    )
    await outcome(backend, following)

    one, other = server.received
    assert dialect.asked(other.body) == "每月几次？"
    assert dialect.continues(one.body, other.body)


async def test_a_question_with_half_an_emoji_is_asked_all_the_same(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(stream([spoken(dialect)]))

    await outcome(dialect.build(server.url, http), Ask(text="补卡\ud83d", session_key="s", user="u"))

    assert dialect.asked(server.received[0].body) == "补卡?"


async def test_no_question_is_sent_over_a_used_connection(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http)
    for _ in range(2):
        server.will(stream([spoken(dialect)]))
        assert (await outcome(backend)).text == WHOLE

    assert [request.connection for request in server.received] == [1, 2]
