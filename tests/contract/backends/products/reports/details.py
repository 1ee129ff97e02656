"""Sources and their marks, pictures, encodings and line ends."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, chunk, data, head
from tests.contract.backends.dialects.openai import DONE
from tests.contract.backends.products.reports.reporting import (
    ANSWER,
    DIFY,
    FASTGPT,
    FIRST,
    FLOW,
    OPENAI,
    QUESTION,
    SECOND,
    STOP,
    THIRD,
    delta,
    ends,
    refuses,
    report,
    says,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.testing.scripted import Script


CITED = "sources and their marks"
QUOTED = {"quoteList": [{"q": "补办流程", "sourceName": "门禁.md"}]}
report(
    "FastGPT: sources of a plug-in and of a tool",
    CITED,
    FASTGPT,
    says(
        FASTGPT.text(ANSWER),
        DONE,
        b"event: flowResponses\n"
        + data([{"pluginDetail": [QUOTED]}, {"toolDetail": [{"quoteList": [{"sourceName": "前台.md"}]}]}]),
    ),
    sources=("门禁.md", "前台.md"),
)
report(
    "FastGPT: marks of sources in the text",
    CITED,
    FASTGPT,
    says(
        *map(FASTGPT.text, [FIRST + SECOND, "[65f0c3d2a1b4e6978", "0123456](CI", "TE)", THIRD]), FASTGPT.end()
    ),
    sources=("员工手册.md",),
)

SMALL = "small"
PICTURE = "![平面图](data:image/png;base64," + "Q" * (1_300 * 1024) + ")"
report("a first event of more than 1 MiB", SMALL, OPENAI, says(delta(content=PICTURE), STOP), text=PICTURE)
report(
    "stream_options are refused",
    SMALL,
    OPENAI,
    refuses(
        422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "input": QUESTION}]}
    ),
    says(OPENAI.text(ANSWER), STOP),
)
report(
    "Azure: chunks without a choice at both ends",
    SMALL,
    OPENAI,
    says(
        data({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
        delta(content=ANSWER),
        ends("stop"),
        data({"choices": [], "usage": {"prompt_tokens": 8, "completion_tokens": 6}}),
        DONE,
    ),
)
report(
    "no blank behind data:",
    SMALL,
    OPENAI,
    says(delta(content=ANSWER).replace(b"data: ", b"data:"), b"data:[DONE]\n\n"),
)
SPREAD = json.dumps({"choices": [{"delta": {"content": ANSWER}}]}, ensure_ascii=False, indent=1)
report(
    "one object over several data lines",
    SMALL,
    OPENAI,
    says("".join(f"data: {line}\n" for line in SPREAD.splitlines()).encode() + b"\n", STOP),
)
report(
    "usage, and no text",
    SMALL,
    OPENAI,
    says(data({"choices": [], "usage": {"prompt_tokens": 8, "completion_tokens": 0}}), STOP),
    text="",
    failure=FailureKind.EMPTY,
)
report(
    "Dify workflow: its outputs are empty",
    SMALL,
    FLOW,
    says(FLOW.end(outputs={})),
    text="",
    failure=FailureKind.EMPTY,
)
LINK = "见 [流程.pdf](/files/tools/7f.pdf)"
report(
    "Dify: a link to its own file, cut anywhere",
    SMALL,
    DIFY,
    says(*map(DIFY.text, LINK), DIFY.event("message_end", metadata={})),
    text="见 [流程.pdf]({server}/files/tools/7f.pdf)",
)

ENCODED = b"".join([OPENAI.text(ANSWER), STOP])
for how, packed in {"gzip": gzip.compress(ENCODED), "deflate": zlib.compress(ENCODED)}.items():
    packing: Script = [head(extra=f"Content-Encoding: {how}\r\n"), chunk(packed), LAST_CHUNK]
    report(f"packed with {how} though identity was asked for", SMALL, OPENAI, packing)
PLAIN_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
report("HTTP/1.0, ended by closing", SMALL, OPENAI, [PLAIN_HEAD, ENCODED, Move.HANG_UP])
report("a byte order mark", SMALL, OPENAI, says(b"\xef\xbb\xbf" + ENCODED))
report("carriage returns alone", SMALL, OPENAI, says(ENCODED.replace(b"\n", b"\r")))
report(
    "comments between events", SMALL, OPENAI, says(b": hello\n\n", OPENAI.text(ANSWER), b":\n\n: ka\n", STOP)
)
