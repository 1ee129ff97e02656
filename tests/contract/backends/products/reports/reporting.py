"""How a report is written down: what a server sent, and what must become of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.testing.outcome import ASK
from rag_on_dingtalk.testing.scripted import body, data, stream
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.bailian import BailianDialect
from tests.contract.backends.dialects.dify import DifyDialect, DifyWorkflowDialect
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect, OpenAIDialect, RAGFlowDialect

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import Script


ANSWER = "门禁卡遗失后，请到一楼前台补办。"
FIRST, SECOND, THIRD = "门禁卡遗失后，", "请到一楼前台", "补办。"
QUESTION = ASK.text
#: What a server may add to the words of an error, and what no log line and no person may see of it.
KEY = OpenAIDialect.key
LEAK = f" [asked: {QUESTION}; at http://kb-inner.corp:9380/v1 (10.20.30.40:9380) with Bearer {KEY}]"
SECRETS = (QUESTION, FIRST[:6], SECOND, ANSWER, "kb-inner", "10.20.30.40", KEY, KEY[:14], "127.0.0.1")

OPENAI, FASTGPT, RAGFLOW = OpenAIDialect(), FastGPTDialect(), RAGFlowDialect()
DIFY, FLOW, ANYTHINGLLM, BAILIAN = (
    DifyDialect(),
    DifyWorkflowDialect(),
    AnythingLLMDialect(),
    BailianDialect(),
)


@dataclass(frozen=True)
class Report:
    """kind: what is at fault, in the words of the table below.

    scripts: what the server sends for each request; it gets as many requests as there are scripts.
    text, failure, sources, files, reasoning: what becomes of them.
    log: the anomalies in the log, in order; a failure has a line of its own besides.
    advice: what the line of the failure says to the administrator.
    """

    kind: str
    dialect: Dialect
    scripts: tuple[Script, ...]
    text: str = ANSWER
    failure: FailureKind | None = None
    sources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    reasoning: str = ""
    log: tuple[str, ...] = ()
    advice: str = ""
    starts_open: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


REPORTS: dict[str, Report] = {}


def report(condition: str, kind: str, dialect: Dialect, *scripts: Script, **expected: Any) -> None:
    assert condition not in REPORTS
    REPORTS[condition] = Report(kind, dialect, scripts, **expected)


def says(*events: bytes) -> Script:
    """A stream of these events."""
    return stream(events)


def delta(**members: object) -> bytes:
    return data({"choices": [{"index": 0, "delta": members, "finish_reason": None}]})


def ends(reason: object, **members: object) -> bytes:
    return data({"choices": [{"index": 0, "delta": members, "finish_reason": reason}]})


def refuses(status: int, document: object) -> Script:
    return body(status, json.dumps(document, ensure_ascii=False))


STOP = ends("stop") + DONE
