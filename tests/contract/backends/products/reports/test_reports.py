"""Public reports of what servers sent: the bytes, and what the person, the log and the server then get."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.transport import body as bodies
from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.settings.sections.backends import Connection, Timeouts
from tests.contract.backends.heard import hear
from tests.contract.backends.products.reports import damage, details, endings, other_words, places, refusals
from tests.contract.backends.products.reports.endings import OPEN
from tests.contract.backends.products.reports.other_words import THOUGHT
from tests.contract.backends.products.reports.reporting import REPORTS, SECRETS

if TYPE_CHECKING:
    from rag_on_dingtalk.testing.scripted import ScriptedServer


#: Each adds its own to the reports.
SECTIONS = (places, damage, endings, other_words, refusals, details)


@pytest.mark.parametrize("condition", REPORTS)
async def test_a_reported_answer_has_its_right_value_and_tells_the_log_nothing(
    condition: str,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "LAST_WORD_GRACE", 0.05)
    expected = REPORTS[condition]
    idle = 0.3 if expected.kind == OPEN else 20.0
    for script in expected.scripts:
        server.will(script)

    with caplog.at_level(logging.DEBUG):
        async with client_for(Connection()) as http:
            timeouts = Timeouts(connect=20.0, first_byte=20.0, idle=idle)
            backend = expected.dialect.build(server.url, http, timeouts, **expected.settings)
            heard = await hear(backend, starts_open=expected.starts_open)

    draft = heard.draft
    assert (heard.failure, draft.text.strip()) == (
        expected.failure,
        expected.text.replace("{server}", server.url),
    )
    assert draft.reasoning.strip() == expected.reasoning
    assert tuple(source.title for source in draft.citations) == expected.sources
    assert tuple(file.name for file in draft.files) == expected.files
    assert heard.anomalies == expected.log
    assert (expected.failure is not None) == ("backend_failed" in {line["message"] for line in heard.lines})
    assert expected.advice in heard.errors
    assert len(server.received) == len(expected.scripts), "asked more or less often"
    assert not any(THOUGHT[:6] in frame or "ERROR" in frame for frame in heard.frames)
    told = json.dumps(heard.lines, ensure_ascii=False) + caplog.text
    # A number or a word of two characters occurs in log lines for other reasons.
    answers = [text[:200] for text in (expected.text, expected.reasoning) if len(text) > 5]
    for secret in (*SECRETS, *answers, expected.dialect.key, server.url.rpartition(":")[2]):
        assert secret not in told
