"""For those who write backends or moderation services: the tests that each passes, and what they are made of.

A test class that inherits from `BackendContract` and names a `Dialect` has them all: see
`examples/backend-plugin`. So has one that inherits from `ModerationContract`: see
`examples/moderation-plugin`.
Needs pytest, and none of its plug-ins. No function has this package in its layer.
"""

from rag_on_dingtalk.testing.dialect import PATIENT, Dialect
from rag_on_dingtalk.testing.moderation import ModerationContract, ModerationDialect
from rag_on_dingtalk.testing.outcome import ASK, Outcome, outcome, soon
from rag_on_dingtalk.testing.replayed import replay, replays
from rag_on_dingtalk.testing.scripted import Move, ScriptedServer, body, chunk, data, head, stream
from rag_on_dingtalk.testing.suite import BackendContract

__all__ = [
    "ASK",
    "PATIENT",
    "BackendContract",
    "Dialect",
    "ModerationContract",
    "ModerationDialect",
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
