"""The whole worker in the test's own process, over a store and a DingTalk made of dictionaries.

`Worker.answer(question)` does what an invocation of async_answer does, and tells what the person sees. The
emulators stand for the real wires; this is for what happens between them. Its tests are `@skipping`.
"""

from tests.in_process.backend import ScriptedBackend
from tests.in_process.dingtalk import FakeDingTalk
from tests.in_process.rows import MemoryRows
from tests.in_process.worker import API, TEMPLATE, RecordingHandOver, Seen, Worker

__all__ = [
    "API",
    "TEMPLATE",
    "FakeDingTalk",
    "MemoryRows",
    "RecordingHandOver",
    "ScriptedBackend",
    "Seen",
    "Worker",
]
