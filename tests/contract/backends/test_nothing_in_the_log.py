"""Whatever goes wrong: no question, answer, key or address in a log line, at any level.

`test_reports.py` makes the same demand on every report of a real server.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.transport import body as bodies
from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.settings.sections.backends import Connection, Timeouts
from rag_on_dingtalk.testing.outcome import ASK, soon
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, body, chunk, head, stream
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.refusals.test_verdicts import VERDICTS
from tests.contract.backends.wire.test_damage import FATAL, REPAIRABLE

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Ask, Backend
    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import Script, ScriptedServer

QUESTION = "张三的绩效奖金是多少元？"
ANSWER = "奖金一共八千六百四十元整。"
EARLIER = Exchange("李四请了几天病假？", "李四请了十一天病假。")
SECRETS = [
    QUESTION,
    "绩效奖金",
    ANSWER,
    "八千六百",
    EARLIER.question,
    "十一天病假",
    "王五",
    "127.0.0.1",
    "10.9.8.7",
]
SECRETS += ["kb-inner", "hunter2"]


def nasty(dialect: Dialect, url: str, answer: str = "") -> str:
    """What a careless server puts into its words.

    answer: of the answer, what has been heard.
    """
    return (
        f"boom for {QUESTION} after {answer} at {url}/v1 and http://kb-inner.corp:9380/x?key={dialect.key} "
        f"(10.9.8.7:443) Bearer {dialect.key}, host='kb-inner', port=9380, "
        f"password: hunter2, {EARLIER.answer}"
    )


def scripts(dialect: Dialect, url: str) -> dict[str, Script]:
    """Every way in which an answer fails, with all that must not be told inside."""
    words = nasty(dialect, url)
    quoting = nasty(dialect, url, ANSWER)
    said = dialect.text(ANSWER)
    document = json.dumps({"answer": ANSWER, "question": QUESTION, "address": url}, ensure_ascii=False)
    failing: dict[str, Script] = {
        "failure": stream([dialect.failure(words)]),
        "failure after text": stream([said, dialect.failure(quoting), dialect.end()]),
        "error event": stream([b"event: error\ndata: " + words.encode() + b"\n\n"]),
        "error behind the end": stream(
            [said, dialect.end(), b"event: error\ndata: " + words.encode() + b"\n\n"]
        ),
        "json": body(200, document),
        "page": body(200, f"<html>{quoting}</html>", "text/html"),
        "words": body(200, quoting, "text/plain"),
        "error as text": stream(
            [dialect.text(json.dumps({"error": words}, ensure_ascii=False)), dialect.end()]
        ),
        "cut off": [head(), chunk(said), Move.HANG_UP],
        "too large": stream([said, b"data: " + quoting.encode() * 60_000]),
        "silent": [head(), chunk(said), Move.STAY_SILENT],
        "resets": [Move.RESET],
        "redirect": [head(302, extra=f"Location: {url}/login?q=1\r\n"), LAST_CHUNK],
    }
    for status in (400, 401, 403, 404, 422, 429, 500, 503):
        failing[f"refusal {status}"] = body(status, dialect.refusal(words))
        failing[f"words {status}"] = body(status, words, "text/plain")
    for name, damage in {**REPAIRABLE, **FATAL}.items():
        failing[name] = stream([damage(said), dialect.text(ANSWER), dialect.end()])
    return failing


async def heard(backend: Backend, lines: list[str]) -> None:
    ask = msgspec.structs.replace(ASK, text=QUESTION, user_name="王五", history=(EARLIER,))

    async def prepare() -> Ask:
        return ask

    def log(message: str, **fields: Any) -> None:
        lines.append(json.dumps({"message": message, **fields}, ensure_ascii=False))

    await soon(
        listen(
            backend,
            prepare,
            Draft(),
            seconds=20.0,
            sleep=lambda _: asyncio.sleep(0),
            on_text=lambda _: None,
            log=log,
        )
    )


@pytest.mark.parametrize("name", DIALECTS)
async def test_no_line_tells_what_was_said_or_where(
    name: str, server: ScriptedServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LAST_WORD_GRACE", 0.05)
    dialect = DIALECTS[name]()
    timeouts = Timeouts(connect=5.0, first_byte=5.0, idle=0.3)
    lines: list[str] = []
    port = server.url.rpartition(":")[2]
    with caplog.at_level(logging.DEBUG):
        async with client_for(Connection()) as http:
            for case, script in scripts(dialect, server.url).items():
                before = len(lines)
                server.scripts.clear()
                server.will(script)
                server.will(script)
                await heard(dialect.build(server.url, http, timeouts), lines)
                told = "\n".join(lines[before:]) + caplog.text
                for secret in [*SECRETS, dialect.key, dialect.key[:14], port]:
                    assert secret not in told, (case, secret, told)
    assert len(lines) > 20


@pytest.mark.parametrize("case", VERDICTS)
async def test_no_line_of_a_verdict_does(
    case: str, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    dialect, events, _ = VERDICTS[case]
    lines: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with client_for(Connection()) as http:
            server.will(stream(events))
            await heard(dialect.build(server.url, http), lines)

    assert lines
    for secret in [*SECRETS, dialect.key]:
        assert secret not in "\n".join(lines) + caplog.text
