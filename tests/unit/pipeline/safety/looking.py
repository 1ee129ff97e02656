"""Workers that look for sensitive words and ask a moderation service: what the tests of this folder share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import FailureKind, ModerationError
from rag_on_dingtalk.safety.moderation.moderator import Moderator
from rag_on_dingtalk.safety.safety import Safety
from rag_on_dingtalk.safety.verdict import Verdict
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule
from rag_on_dingtalk.settings.sections.safety import HttpModeration, OnError
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot
from tests.in_process import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.safety.verdict import Direction

RULES = (
    WordRule("天狼星计划", "mask", "w.txt:1"),
    WordRule("赌博", "block", "w.txt:2"),
    WordRule("竞品", "warn", "w.txt:3"),
)
ZH = Texts("zh")
BLOCKED, ANSWER_BLOCKED = ZH.failure(FailureKind.BLOCKED), ZH.failure(FailureKind.ANSWER_BLOCKED)


def looking(log: LogLine) -> Safety:
    return Safety(words=WordFilter(RULES), log=log, clock=lambda: NOW_MS)


def worker_that_looks(**settings: object) -> Worker:
    return Worker(msgspec.structs.replace(a_bot(), streaming="live", **settings), safety=looking)


class Service:
    """Judges by a word; `judged`: what it was asked. With `fails` it judges nothing."""

    def __init__(self, *, fails: bool = False) -> None:
        self.judged: list[tuple[str, str, str]] = []
        self.fails = fails

    def most(self, direction: Direction) -> int:
        del direction
        return 2_000

    async def judge(self, text: str, direction: Direction, session: str) -> Verdict:
        self.judged.append((text, direction, session))
        await asyncio.sleep(0.05)
        if self.fails:
            raise ModerationError("unreachable", "It is away.")
        bad = "勒索" in text
        return Verdict(not bad, ("contraband",) if bad else ())


def moderated(
    service: Service, *, on_error: str = "block", words: bool = True
) -> Callable[[LogLine], Safety]:
    settings = HttpModeration(
        url="https://own.example",
        on_error=msgspec.convert({"questions": on_error, "answers": on_error}, OnError),
    )

    def _build(log: LogLine) -> Safety:
        found = WordFilter(RULES) if words else None
        return Safety(
            words=found,
            log=log,
            clock=lambda: NOW_MS,
            moderator=lambda failed: Moderator(service, settings, words=found, failed=failed, log=log),
        )

    return _build


def live(safety: Callable[[LogLine], Safety], **settings: object) -> Worker:
    return Worker(msgspec.structs.replace(a_bot(), streaming="live", **settings), safety=safety)
