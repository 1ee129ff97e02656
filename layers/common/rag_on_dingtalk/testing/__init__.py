"""For those who write backends: the tests that every backend passes, and what they are made of.

A test class that inherits from `BackendContract` and names a `Dialect` has them all: see
`examples/backend-plugin`. Needs pytest, and none of its plug-ins. No function has this package in its layer.
"""

from rag_on_dingtalk.testing.dialect import PATIENT, Dialect
from rag_on_dingtalk.testing.outcome import ASK, Outcome, outcome, soon
from rag_on_dingtalk.testing.replayed import replay, replays
from rag_on_dingtalk.testing.scripted import Move, ScriptedServer, body, chunk, data, head, stream
from rag_on_dingtalk.testing.suite import BackendContract

__all__ = [
    "ASK",
    "PATIENT",
    "BackendContract",
    "Dialect",
    "Move",
    "Outcome",
    "ScriptedServer",
    "body",
    "chunk",
    "data",
    "head",
    "outcome",
    "replay",
    "replays",
    "soon",
    "stream",
]
