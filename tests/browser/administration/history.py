"""A month of questions, written as the answering functions write them, and some that are really asked."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun, Missed, RouteRun, run_columns
from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork, State, read_work, work_columns
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.evaluation_work import EvaluationWorkRows
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from rag_on_dingtalk.storage.rows.client import Rows
from tests.hostile import HOSTILE

if TYPE_CHECKING:
    from devserver.system import LocalSystem

_USUAL = ("年假有几天？", "出差住宿标准是多少？", "发票抬头怎么写？", "忘记打卡怎么办？", "会议室怎么预订？")
_DAY_MS = 86_400_000


def open_rows(system: LocalSystem) -> Rows:
    """The system's tables; to be closed."""
    return Rows(
        endpoint=system.tablestore.url,
        instance=INSTANCE,
        credentials=lambda: (ACCESS_KEY_ID, ACCESS_KEY_SECRET, ""),
    )


async def write_history(system: LocalSystem, bot: str, *, number: int = 300, seed: int = 7) -> None:
    """Questions of thirty days; the newest are asked for real, one of them is refused."""
    rows = open_rows(system)
    try:
        await _write(Questions(rows), bot, number, random.Random(seed))  # noqa: S311 - made-up questions
        await _keep_runs(Evaluations(rows), bot)
        await write_run(rows, bot)
    finally:
        await rows.close()
    robot = system.dingtalk.robot(bot)
    for nick, text in (("小红", "年假有几天？"), ("小红", HOSTILE[0]), ("小明", "VPN 连不上怎么办？")):
        person = system.dingtalk.person(nick)
        chat = system.dingtalk.private(person, robot)
        await system.dingtalk.say(person=person, conversation=chat, robot=robot, text=text)
        await system.functions.idle()
    person = system.dingtalk.person("小明")
    refused = system.dingtalk.private(person, robot).cards[-1]
    await system.dingtalk.click(refused, person=person, action_id="request")
    await system.functions.idle()


async def write_run(rows: Rows, bot: str, *, done: int = 12, state: State = "running") -> None:
    """A run of golden questions, as an instance would leave it that goes on for an hour."""
    now_ms = time.time_ns() // 1_000_000
    work = EvaluationWork(
        run="r1",
        state=state,
        routes=("everyone",),
        name="员工手册",
        text="年假有几天？ | 天",
        total=40,
        done=done,
        owner="elsewhere",
        until_ms=now_ms + 3_600_000,
        by="hr01",
        why="换了模型",
        began_ms=now_ms - 90_000,
    )
    work_rows = EvaluationWorkRows(rows)
    before = read_work(await work_rows.all(bot))
    assert await work_rows.begin(
        bot, {**work_columns(work)}, instead_of={} if before is None else before.mark
    )


async def _keep_runs(evaluations: Evaluations, bot: str) -> None:
    """Two runs of golden questions; in the older one something was missing."""
    now_ms = time.time_ns() // 1_000_000
    missed = Missed(ask="婚假有几天？", problems=("without '3'", "does not cite '休假制度', but no source"))
    for ago, passed, of_it in ((6, 17, (missed,)), (1, 18, ())):
        route = RouteRun(
            route="everyone",
            asked=18,
            passed=passed,
            failed=0,
            p50_ms=3_200 + 100 * ago,
            p95_ms=7_900 + 100 * ago,
            tokens=9_410 + ago,
            missed=of_it,
        )
        at_ms = now_ms - ago * _DAY_MS
        run = EvaluationRun(at_ms=at_ms, file="questions.yaml", routes=(route,))
        await evaluations.keep(bot, at_ms, run_columns(run))


async def _write(questions: Questions, bot: str, number: int, chance: random.Random) -> None:
    now_ms = time.time_ns() // 1_000_000
    outcomes = ("answered", "nothing_found", "failed", "refused")
    for one in range(number):
        took = int(chance.lognormvariate(8.4, 0.5))
        outcome = chance.choices(outcomes, (80, 12, 3, 5))[0]
        event = QuestionEvent(
            turn_id=turn_id_of(bot, f"history {one}"),
            bot=bot,
            asked_ms=now_ms - int(chance.random() ** 1.3 * 29.5 * _DAY_MS) - 60_000,
            asker=chance.choice(("user0001", "user0002", "user0003")),
            chat="private",
            question=chance.choice((*_USUAL, *_USUAL, chance.choice(HOSTILE))),
            outcome=outcome,
            failure="timeout" if outcome == "failed" else "",
            backend="" if outcome == "refused" else "anythingllm",
            channel="card",
            first_text_ms=took // 2,
            total_ms=took,
            calls=chance.randint(3, 8),
            citations=1,
            characters=200,
            prompt_tokens=300,
            completion_tokens=90,
            cache=chance.choice(("hit", "miss", "miss")),
            route="IT" if outcome == "refused" else "everyone",
            rule="it-team" if outcome == "refused" else "",
        )
        await questions.remember(event)
        if chance.random() < 0.2:
            await questions.rated(event, liked=chance.random() < 0.8, now_hour=event.hour)
