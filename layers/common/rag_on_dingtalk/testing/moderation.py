"""What every moderation service keeps: it judges what it was given, and what was not judged is no verdict."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from rag_on_dingtalk.backends.transport.stream import LIMITS
from rag_on_dingtalk.errors import ModerationError
from rag_on_dingtalk.safety.moderation.moderator import Moderator
from rag_on_dingtalk.settings.sections.safety import OnError, PluginModeration
from rag_on_dingtalk.testing.outcome import soon
from rag_on_dingtalk.testing.scripted import Move, ScriptedServer, body, chunk, head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from rag_on_dingtalk.safety.moderation.service import ModerationService
    from rag_on_dingtalk.safety.verdict import Direction, Verdict
    from rag_on_dingtalk.testing.scripted import Script

    Test = Callable[["Around"], Coroutine[Any, Any, None]]

GOOD, BAD = "年假有几天？🙂\u2028<b>第二行</b>", "哪里可以\n网上赌博？"
LABEL = "gambling"
PAGE = "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"

_DIRECTIONS: tuple[Direction, ...] = ("question", "answer")
#: More requests than a service makes for one text, with its repetitions.
_OFTEN = 8


class ModerationDialect(Protocol):
    """How one service is asked and answers. Of one that judges by itself, `build` is all that is called.

    key: the secret that it is asked with; at least 12 characters.
    """

    key: str

    def build(self, url: str, http: httpx.AsyncClient) -> ModerationService:
        """url: of the server that stands for the service."""
        ...

    def says(self, label: str, *, allowed: bool) -> str:
        """The body of an answer; label: what it has found."""
        ...

    def asked(self, content: bytes) -> str:
        """The text in a request's body."""
        ...


class ModerationContract:
    """Inherit, and name the dialect: a class whose object knows how the service speaks.

    asks: it asks a server; False for one that judges by itself.
    good, bad: what passes and what is blocked; a service that asks does what the server says.
    """

    dialect: type[Any]
    asks = True
    good = GOOD
    bad = BAD

    def test_a_text_passes_or_is_blocked_in_both_directions(self) -> None:
        async def judge(around: Around) -> None:
            for direction in _DIRECTIONS:
                for text, allowed in ((self.good, True), (self.bad, False), (self.good, True)):
                    verdict = await around.judged(text, direction, allowed=allowed)
                    assert (verdict.allowed, verdict.judged) == (allowed, True)
                    assert all(isinstance(label, str) for label in verdict.labels)
                    assert allowed or not self.asks or LABEL in verdict.labels

        self._run(judge)

    def test_pieces_of_an_answer_are_judged_under_one_session(self) -> None:
        async def judge(around: Around) -> None:
            for text, allowed in ((self.good, True), (self.bad, False)):
                verdict = await around.judged(text, "answer", allowed=allowed, session="t4711")
                assert verdict.allowed is allowed

        self._run(judge)

    def test_each_text_is_sent_whole_and_once(self) -> None:
        async def judge(around: Around) -> None:
            for direction in _DIRECTIONS:
                most = around.service.most(direction)
                assert most >= 1
                longest = ("年假" * most)[:most]
                for text in (self.good[:most], longest):
                    around.server.received.clear()
                    await around.judged(text, direction, allowed=True)
                    if self.asks:
                        assert [around.says.asked(one.content) for one in around.server.received] == [text]

        self._run(judge)

    def test_texts_that_are_judged_at_once_get_their_own_verdicts(self) -> None:
        async def judge(around: Around) -> None:
            texts = [self.good, self.bad] * 3
            kinds = [True, False, False, True, True, False]
            for allowed in kinds:
                around.server.will(body(200, around.says.says(LABEL, allowed=allowed)))
            judging = [around.service.judge(text, "question", "") for text in texts]
            verdicts = await soon(asyncio.gather(*judging))
            if self.asks:
                said = [
                    (around.says.asked(one.content), allowed)
                    for one, allowed in zip(around.server.received, kinds, strict=True)
                ]
                found = [(text, one.allowed) for text, one in zip(texts, verdicts, strict=True)]
                assert sorted(found) == sorted(said)
            else:
                assert [one.allowed for one in verdicts] == [text == self.good for text in texts]

        self._run(judge)

    def test_what_is_no_judgement_is_an_error_and_never_a_verdict(self) -> None:
        async def judge(around: Around) -> None:
            whole = around.says.says(LABEL, allowed=True)
            answers = [(status, PAGE) for status in (200, 302, 403, 429, 503)]
            answers += [(200, text) for text in ("\n", "{}", "null", "[]", whole[: len(whole) // 2])]
            answers += [(500, whole), (403, whole)]
            for status, said in answers:
                await around.fails(body(status, said, "text/html" if said is PAGE else "application/json"))

        self._over_the_wire(judge)

    def test_a_connection_that_breaks_is_an_error(self) -> None:
        async def judge(around: Around) -> None:
            whole = around.says.says(LABEL, allowed=True).encode()
            await around.fails([Move.RESET])
            await around.fails([head(), chunk(whole[: len(whole) // 2]), Move.HANG_UP])

        self._over_the_wire(judge)

    def test_neither_the_text_nor_the_key_is_in_an_error(self) -> None:
        async def judge(around: Around) -> None:
            told = f"bad request: {self.bad} (key={around.says.key})"
            for status in (200, 400, 403):
                error = await around.fails(body(status, told, "text/plain"))
                written = "".join(traceback.format_exception(error))
                assert self.bad not in written
                assert around.says.key[:12] not in written

        self._over_the_wire(judge)

    def test_a_text_that_is_given_up_hangs_up(self) -> None:
        async def judge(around: Around) -> None:
            around.server.will([Move.STAY_SILENT])
            judging = asyncio.ensure_future(around.service.judge(self.good, "question", ""))
            await soon(around.server.asked.wait())
            judging.cancel()
            with pytest.raises(asyncio.CancelledError):
                await soon(judging)
            await soon(around.server.hung_up.wait())

        self._over_the_wire(judge)

    def test_what_was_not_judged_is_decided_as_the_settings_say(self) -> None:
        async def judge(around: Around) -> None:
            scripts: list[tuple[Script, int]] = [([Move.RESET], 10_000), ([Move.STAY_SILENT], 100)]
            for broken, timeout_ms in scripts:
                for choice, allowed in (("block", False), ("pass", True)):
                    around.expect(broken)
                    failures: list[int] = []
                    moderator = Moderator(
                        around.service,
                        PluginModeration(
                            factory="a:B",
                            timeout_ms=timeout_ms,
                            on_error=OnError(questions=choice),  # type: ignore[arg-type]
                        ),
                        words=None,
                        failed=lambda: failures.append(1),  # noqa: B023 - called within the round
                        log=lambda *_, **__: None,
                    )
                    verdict = await soon(moderator.check(self.good, "question"))
                    assert (verdict.allowed, verdict.judged, failures) == (allowed, False, [1])

        self._over_the_wire(judge)

    def _over_the_wire(self, test: Test) -> None:
        if not self.asks:
            pytest.skip("it judges by itself")
        self._run(test)

    def _run(self, test: Test) -> None:
        async def run() -> None:
            async with _serving(self.dialect(), asks=self.asks) as around:
                await test(around)

        asyncio.run(run())


class Around:
    """A service, and the server that stands for the real one."""

    def __init__(
        self, says: ModerationDialect, server: ScriptedServer, http: httpx.AsyncClient, *, asks: bool
    ) -> None:
        self.says = says
        self.server = server
        self.service = says.build(server.url, http)
        self._asks = asks

    async def judged(self, text: str, direction: Direction, *, allowed: bool, session: str = "") -> Verdict:
        """The verdict on a text, of which the server says this."""
        if self._asks:
            self.server.will(body(200, self.says.says(LABEL, allowed=allowed)))
        return await soon(self.service.judge(text, direction, session))

    async def fails(self, script: Script) -> ModerationError:
        """The error that this answer leads to, however often the service asks."""
        self.expect(script)
        with pytest.raises(ModerationError) as raised:
            await soon(self.service.judge(BAD, "question", ""))
        assert str(raised.value).endswith(".")
        return raised.value

    def expect(self, script: Script) -> None:
        """Play nothing else from now on."""
        self.server.scripts.clear()
        self.server.scripts.extend([script] * _OFTEN)


@asynccontextmanager
async def _serving(says: ModerationDialect, *, asks: bool) -> AsyncIterator[Around]:
    server = ScriptedServer()
    listening = await server.start()
    try:
        async with httpx.AsyncClient(transport=AiohttpTransport(limits=LIMITS, verify=False)) as http:
            yield Around(says, server, http, asks=asks)
    finally:
        await server.stop(listening)
