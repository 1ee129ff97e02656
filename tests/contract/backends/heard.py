"""What becomes of a question on its way through a backend and the retry: draft, frames and log lines."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.testing.outcome import ASK, soon

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Ask, Backend
    from rag_on_dingtalk.errors import FailureKind


@dataclass
class Generated:
    """failure: why the answer is not whole.

    frames: the answer as a card showed it after each piece.
    lines: the log lines, each a message and its fields.
    """

    draft: Draft
    failure: FailureKind | None = None
    frames: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def anomalies(self) -> tuple[str, ...]:
        """What the log says about damage in the stream."""
        return tuple(line["what"] for line in self.lines if line["message"] == "backend_anomaly")

    @property
    def errors(self) -> str:
        """What the log says about failures, for an administrator."""
        return "\n".join(str(line["error"]) for line in self.lines if "error" in line)


async def hear(backend: Backend, ask: Ask = ASK, *, starts_open: bool = False) -> Generated:
    """Ask as the pipeline does, a second attempt included."""
    heard = Generated(Draft(starts_open=starts_open))

    async def prepare() -> Ask:
        return ask

    def log(message: str, **fields: Any) -> None:
        heard.lines.append({"message": message, **fields})

    heard.failure = await soon(
        listen(
            backend,
            prepare,
            heard.draft,
            seconds=25.0,
            sleep=lambda _: asyncio.sleep(0),
            on_text=lambda draft: heard.frames.append(draft.shown("hidden", label="思考")),
            log=log,
        )
    )
    return heard
