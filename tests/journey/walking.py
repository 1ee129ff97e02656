"""Runs one question in process and reads the way off the stack.

Only frames of the library and of functions/ count: the event loop, anyio and the backend itself do not.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from devserver.settings import LIBRARY, ROOT
from rag_on_dingtalk import startup
from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.cloud.fc_runtime import Call
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import a_bot, a_question
from tests.in_process import TEMPLATE, ScriptedBackend, Worker
from tests.skipping_loop import SkippingLoop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine
    from types import FrameType

    from rag_on_dingtalk.backends.base import AnswerPart, Ask

APP = "functions/async_answer/app.py"
_PACKAGE = f"{LIBRARY / 'rag_on_dingtalk'}/"


@dataclass(frozen=True)
class Frame:
    """A frame of ours on the way.

    file: of functions/ relative to the repository, of the library relative to its package.
    """

    file: str
    function: str


Way = tuple[Frame, ...]


class _Parents:
    """A task begins with an empty stack: the way to it is the way of the task that made it."""

    def __init__(self) -> None:
        self._ways: dict[asyncio.Task[Any], Way] = {}

    def new_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **more: Any
    ) -> asyncio.Task[Any]:
        """An event loop's task factory."""
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
        self._ways[task] = self.way_here()
        return task

    def way_here(self) -> Way:
        """The caller's frames and those of the tasks that led to its task, the outermost first."""
        frames = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            frames.append(_ours(frame))
            frame = frame.f_back
        task = asyncio.current_task() if asyncio._get_running_loop() else None
        before = self._ways.get(task, ()) if task is not None else ()
        return (*before, *(one for one in reversed(frames) if one is not None))


@dataclass
class _Watched(ScriptedBackend):
    """Notes the way by which it is asked first."""

    parents: _Parents | None = None
    way: Way = ()

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        assert self.parents is not None
        self.asked.append(ask)
        self.way = self.parents.way_here()
        yield Text("五天。")


def walk() -> Way:
    """The frames from functions/async_answer/app.py to a backend's `ask`, the outermost first."""
    loop, parents = SkippingLoop(), _Parents()
    loop.set_task_factory(parents.new_task)  # type: ignore[arg-type]  # typeshed wants a context's type, too
    try:
        return loop.run_until_complete(_ask(_Watched(parents=parents)))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _ask(backend: _Watched) -> Way:
    app = _load_app()
    settings = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE))
    worker = Worker(settings)
    worker.backend = backend
    async with worker.started():
        service = app.Service(None)
        service._dispatcher = worker.dispatcher
        question = msgspec.structs.replace(a_question(), asked_ms=worker.now_ms)
        outcome = await service.do(question, Call("request", worker.now_ms / 1000, 300.0))
    assert outcome == "answered", f"{outcome}: {worker.log}"
    return backend.way


def _load_app() -> Any:
    # functions/ is no package: FC imports the file by its name.
    spec = importlib.util.spec_from_file_location("app_of_async_answer", ROOT / APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # Importing it is a function's start: tests go on with their garbage collector.
    startup.finish()
    return module


def _ours(frame: FrameType) -> Frame | None:
    name = frame.f_code.co_filename
    if name == str(ROOT / APP):
        return Frame(APP, frame.f_code.co_name)
    if name.startswith(_PACKAGE):
        return Frame(name[len(_PACKAGE) :], frame.f_code.co_name)
    return None
