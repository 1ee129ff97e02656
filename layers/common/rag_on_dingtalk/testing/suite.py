"""What every backend keeps: the answer is what the server said, and no half of it passes for the whole.

Over bytes that arrive in pieces (`replayed`), and over a real connection to a scripted server where the
connection itself is the matter.
"""

from __future__ import annotations

import asyncio
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.backends.transport.stream import LIMITS
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.settings.kinds.base import Timeouts
from rag_on_dingtalk.testing.outcome import ASK, outcome, soon
from rag_on_dingtalk.testing.replayed import replay
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, ScriptedServer, body, chunk, head, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.outcome import Outcome
    from rag_on_dingtalk.testing.scripted import Script

PIECES = ["差旅住宿：一线 ", "500 元，二线 🙂 ", "300 元，\u2028", "凭票\n报销。<br>"]
WHOLE = "".join(PIECES)
PAGE = "<!DOCTYPE html><html><title>502 Bad Gateway</title><script>token()</script></html>"

#: How an event may be lost for good.
FATAL: dict[str, Callable[[bytes], bytes]] = {
    "cut in the middle": lambda event: event.rstrip()[: len(event.rstrip()) * 3 // 4] + b"\n\n",
    "its last byte is missing": lambda event: event.rstrip()[:-1] + b"\n\n",
    "words of a proxy": lambda event: event[: event.find(b"{")] + b"upstream request timeout {0x1f}\n\n",
}


class BackendContract:
    """Inherit, and name the dialect: a class whose object knows how the server speaks.

    ends: the server says that an answer is whole; False for one that only ends the body.
    """

    dialect: type[Any]
    ends = True

    def says(self) -> Dialect:
        """A dialect of its own for each test."""
        made: Dialect = self.dialect()
        return made

    def test_the_text_is_the_concatenation_of_the_pieces(self) -> None:
        says = self.says()
        seen = _run(replay(says, *map(says.text, PIECES), says.end()))
        assert (seen.error, seen.text) == (None, WHOLE)
        cited = [(citation.title, citation.excerpt) for citation in seen.citations]
        assert cited == ([("员工手册.md", "补卡每月三次。")] if says.cites else [])

    def test_an_answer_cut_in_two_anywhere_is_the_same(self) -> None:
        says = self.says()
        whole = b"".join(map(says.text, PIECES)) + says.end()

        async def cut_everywhere() -> None:
            for at in range(1, len(whole)):
                seen = await replay(says, whole[:at], whole[at:])
                assert (seen.error, seen.text) == (None, WHOLE), at

        _run(cut_everywhere())

    def test_an_answer_that_arrives_byte_by_byte_is_the_same(self) -> None:
        says = self.says()
        whole = b"".join(map(says.text, PIECES)) + says.end()
        seen = _run(replay(says, *(whole[at : at + 1] for at in range(len(whole)))))
        assert (seen.error, seen.text) == (None, WHOLE)

    def test_an_event_that_cannot_be_read_makes_the_answer_an_interrupted_one(self) -> None:
        for name, damage in FATAL.items():
            for at in range(len(PIECES)):
                says = self.says()
                events = [says.text(words) for words in PIECES]
                events[at] = damage(events[at])
                seen = _run(replay(says, *events, says.end()))
                assert seen.kind is FailureKind.INTERRUPTED, (name, at)
                assert PIECES[at] not in seen.text

    def test_an_answer_without_its_last_word_is_an_interrupted_one(self) -> None:
        says = self.says()
        seen = _run(replay(says, *map(says.text, PIECES)))
        expected = (FailureKind.INTERRUPTED if self.ends else None, WHOLE)
        assert (seen.kind, seen.text) == expected

    def test_a_blank_answer_is_an_empty_one(self) -> None:
        for blank in ("", "\n\u3000\n"):
            says = self.says()
            assert _run(replay(says, says.text(blank), says.end())).kind is FailureKind.EMPTY

    def test_a_failure_of_the_model_is_told_by_its_words(self) -> None:
        said = {
            "API request failed with status code 429: slow down": FailureKind.BUSY,
            "insufficient_user_quota": FailureKind.QUOTA,
            "the model has crashed": FailureKind.UPSTREAM,
        }
        for words, kind in said.items():
            says = self.says()
            assert _run(replay(says, says.failure(words))).kind is kind
            after = _run(replay(says, says.text("补卡"), says.failure(words)))
            assert (after.kind, after.text) == (FailureKind.INTERRUPTED, "补卡")
            refused = _run(replay(says, says.refusal(words).encode(), status=500))
            assert refused.kind is kind

    def test_a_page_of_a_proxy_is_no_answer(self) -> None:
        kinds = {200: FailureKind.CONFIG_TARGET, 403: FailureKind.CONFIG_AUTH, 503: FailureKind.BUSY}
        for status, kind in kinds.items():
            seen = _run(replay(self.says(), PAGE.encode(), status=status, content_type="text/html"))
            assert (seen.kind, seen.text) == (kind, ""), status
            assert str(seen.error).endswith(".")

    def test_a_key_that_the_server_repeats_is_not_told(self) -> None:
        says = self.says()
        words = f"bad header (key={says.key}, {says.key[:20]})"
        for seen in (
            _run(replay(says, says.failure(words))),
            _run(replay(says, says.refusal(words).encode(), status=403)),
        ):
            assert seen.error is not None
            assert says.key[:12] not in "".join(traceback.format_exception(seen.error))

    def test_the_question_is_sent_once_and_the_next_one_continues_the_session(self) -> None:
        async def two_questions(says: Dialect, server: ScriptedServer, http: httpx.AsyncClient) -> None:
            backend = says.build(server.url, http)
            for _ in range(2):
                server.will(stream([*map(says.text, PIECES), says.end()]))
            first = await outcome(backend)
            following = msgspec.structs.replace(
                ASK,
                text="每月几次？",
                conversation_id=first.identifiers_known.conversation_id,
                history=(Exchange(ASK.text, first.text),),
            )
            await outcome(backend, following)
            one, other = server.received
            assert (says.asked(one.body), says.asked(other.body)) == (ASK.text, "每月几次？")
            assert says.continues(one.body, other.body)

        self._over_the_wire(two_questions)

    def test_what_the_connection_does_is_told(self) -> None:
        async def break_it(says: Dialect, server: ScriptedServer, http: httpx.AsyncClient) -> None:
            scripts: list[tuple[Script, FailureKind | None]] = [
                ([Move.RESET], FailureKind.UNREACHABLE),
                ([head(), chunk(says.text("补卡")), Move.HANG_UP], FailureKind.INTERRUPTED),
                ([head(), chunk(says.text("补卡") + says.end()), LAST_CHUNK], None),
                (body(200, PAGE, "text/html"), FailureKind.CONFIG_TARGET),
            ]
            for script, kind in scripts:
                server.will(script)
                seen: Outcome = await soon(outcome(says.build(server.url, http)))
                assert seen.kind is kind

        self._over_the_wire(break_it)

    def test_leaving_an_answer_hangs_up(self) -> None:
        async def leave(says: Dialect, server: ScriptedServer, http: httpx.AsyncClient) -> None:
            server.will([head(), chunk(says.text("补卡") * 3), Move.STAY_SILENT])
            parts = says.build(server.url, http).ask(ASK)
            await soon(anext(parts))
            await parts.aclose()
            await soon(server.hung_up.wait())

        self._over_the_wire(leave)

    def test_a_server_that_stays_silent_is_given_up(self) -> None:
        async def wait(says: Dialect, server: ScriptedServer, http: httpx.AsyncClient) -> None:
            hurried = Timeouts(first_byte=0.2, idle=0.2)
            server.will([head(), Move.STAY_SILENT])
            assert (await soon(outcome(says.build(server.url, http, hurried)))).kind is FailureKind.TIMEOUT
            server.will([head(), chunk(says.text("补卡")), Move.STAY_SILENT])
            assert (await soon(outcome(says.build(server.url, http, hurried)))).kind is FailureKind.TIMEOUT

        self._over_the_wire(wait)

    def test_a_probe_of_a_server_that_is_not_there_says_so(self) -> None:
        async def probe(says: Dialect, server: ScriptedServer, http: httpx.AsyncClient) -> None:
            for _ in range(3):
                server.will([Move.RESET])
            findings = await soon(says.build(server.url, http).probe())
            assert not all(finding.well for finding in findings)

        self._over_the_wire(probe)

    def _over_the_wire(
        self, test: Callable[[Dialect, ScriptedServer, httpx.AsyncClient], Coroutine[Any, Any, None]]
    ) -> None:
        async def run() -> None:
            async with _serving() as (server, http):
                await test(self.says(), server, http)

        _run(run())


@asynccontextmanager
async def _serving() -> AsyncIterator[tuple[ScriptedServer, httpx.AsyncClient]]:
    server = ScriptedServer()
    listening = await server.start()
    try:
        async with httpx.AsyncClient(transport=AiohttpTransport(limits=LIMITS, verify=False)) as http:
            yield server, http
    finally:
        await server.stop(listening)


def _run(test: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(test)
