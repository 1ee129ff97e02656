"""A day of 1 000 questions with a real skew, with and without the answer cache; and routing."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Person
from rag_on_dingtalk.access.matching import facts_of, fold
from rag_on_dingtalk.access.question_rules.matching import looks_right
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.settings.checks.patterns import UnboundedPatternError, check_pattern
from rag_on_dingtalk.settings.sections.access import QuestionWords
from tests.bench.table import print_table, quantile
from tests.builders import NOW_MS
from tests.skipping_loop import SkippingLoop
from tests.unit.access.decisions.test_patterns import REDOS
from tests.unit.access.decisions.test_routed_questions import labelled
from tests.unit.knowledge.asking import asked_by, caching_bot, caching_worker

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot

_QUESTIONS, _TOPICS, _DAY_MS, _HITS = 1_000, 300, 9 * 3_600_000, 30


def report() -> None:
    """Print the tables."""
    rows = []
    for name, bot in (("without", caching_bot(answer_cache=None)), ("with", caching_bot())):
        loop = SkippingLoop()
        backend, calls, requests = loop.run_until_complete(_day(bot))
        loop.close()
        rows.append((name, str(backend), str(calls), str(requests)))
    print_table(
        f"A day of {_QUESTIONS} questions on {_TOPICS} topics (Zipf), 400 of them within ten minutes",
        ("answer cache", "backend calls", "DingTalk calls", "Tablestore requests"),
        rows,
    )
    _routing()
    asyncio.run(_hits())


async def _hits() -> None:
    """From the push to the final text in the whole local system, as newcomers one by one."""
    system = LocalSystem(Settings(piece_delay=0.002, qps=None, monthly_calls=None))
    await system.start()
    try:
        taken = [await _ask(system, number) for number in range(_HITS + 2)][2:]
    finally:
        await system.stop()
    print_table(
        f"A given answer, warm: ms from the push to the final text, {_HITS} people one by one",
        ("what", "p50, ms", "p99, ms", "bound"),
        [("hit", f"{quantile(taken, 0.5):.0f}", f"{quantile(taken, 0.99):.0f}", "300")],
    )


async def _ask(system: LocalSystem, number: int) -> float:
    dingtalk = system.dingtalk
    person = dingtalk.add_person(Person(nick=f"同事{number}", staff_id=f"bench{number:04d}"))
    robot = dingtalk.robot("team")
    began = time.time()
    outcome = await dingtalk.say(
        person=person, conversation=dingtalk.private(person, robot), text="婚假有几天？", robot=robot
    )
    turn_id = turn_id_of(robot.name, outcome.message.id)
    await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, 30)
    closed = time.time()
    await system.functions.idle()
    return (closed - began) * 1000


async def _day(bot: Bot) -> tuple[int, int, int]:
    random = Random(1)  # noqa: S311 - test data
    weights = list(accumulate(1 / rank for rank in range(1, _TOPICS + 1)))
    moments = sorted(
        random.uniform(0, 600_000) if random.random() < 0.4 else random.uniform(0, _DAY_MS)
        for _ in range(_QUESTIONS)
    )
    async with caching_worker(bot).started() as worker:
        for person, at_ms in enumerate(moments):
            worker.skipped_ms = max(int(at_ms), worker.skipped_ms)
            topic = random.choices(range(_TOPICS), cum_weights=weights)[0]
            text = f"第{topic}号制度是什么？"
            await worker.answer(asked_by(person, text, asked_ms=NOW_MS + int(at_ms), webhook=None))
        calls = [one for one in worker.dingtalk.calls if "oauth2" not in one]
        return len(worker.backend.asked), len(calls), len(worker.rows.calls)


def _routing() -> None:
    rules = (
        QuestionWords(words=("为什么", "对比", "区别", "分析")),
        QuestionWords(regex=("^(?:如果|假如)", "(?:详细|逐条).{0,20}(?:说明|理由)")),
        QuestionWords(code=True),
        QuestionWords(table=True),
        QuestionWords(several_questions=True),
        QuestionWords(longer_than=80),
    )
    taken = []
    for _, text in labelled() * 5:
        facts = facts_of("u", "u", None, text=text * 10)
        began = time.process_time()
        for rule in rules:
            looks_right(rule, facts, fold)
        taken.append((time.process_time() - began) * 1000)
    refused = []
    for pattern in REDOS:
        re.purge()
        began = time.process_time()
        try:
            check_pattern(pattern)
        except UnboundedPatternError:
            refused.append((time.process_time() - began) * 1000)
    print_table(
        "Routing by the question, six rules, ten times the length of usual questions; ReDoS patterns",
        ("CPU", "ms", "bound"),
        [
            ("six rules, median", f"{quantile(taken, 0.5):.3f}", "1"),
            ("six rules, 99 of 100 within", f"{quantile(taken, 0.99):.3f}", "1"),
            (
                f"{len(refused)} of {len(REDOS)} ReDoS patterns refused, the slowest",
                f"{max(refused):.2f}",
                "5",
            ),
        ],
    )


if __name__ == "__main__":
    report()
