"""One answer's way through the whole local system, stage by stage."""

from __future__ import annotations

import json
import time

from devserver.settings import Settings
from devserver.system import LocalSystem
from rag_on_dingtalk.models.question import turn_id_of
from tests.bench.table import print_table, quantile

QUESTIONS = 30
QUESTION = "最新的差旅报销标准是什么？"

STAGES = (
    ("callback answered DingTalk", "pushed"),
    ("async_answer has the claim", "claimed"),
    ("backend's first piece", "first_piece"),
    ("first piece on the card", "first_frame"),
    ("card closed with sources", "closed"),
)


async def report() -> None:
    system = LocalSystem(Settings(piece_delay=0.002, qps=None, monthly_calls=None))
    await system.start()
    try:
        await _ask(system)  # starts the functions
        before = len(system.tablestore_requests)
        runs = [await _ask(system) for _ in range(QUESTIONS)]
        requests = (len(system.tablestore_requests) - before) / QUESTIONS
    finally:
        await system.stop()
    rows = [
        (
            stage,
            f"{quantile([run[key] for run in runs], 0.5):.0f}",
            f"{quantile([run[key] for run in runs], 0.99):.0f}",
        )
        for stage, key in STAGES
    ]
    print_table(
        f"One answer, warm: ms after the person sent it, {QUESTIONS} questions one by one",
        ("stage reached", "p50, ms", "p99, ms"),
        rows,
    )
    own = [run["first_frame"] - run["first_piece"] - run["first_frame_call"] for run in runs]
    print_table(
        "One answer: our share",
        ("what", "p50", "p99"),
        [
            (
                "backend's first piece → first frame shown, without DingTalk's time for the frame, ms",
                f"{quantile(own, 0.5):.0f}",
                f"{quantile(own, 0.99):.0f}",
            ),
            ("DingTalk API calls per answer", *_both([run["calls"] for run in runs])),
            ("Tablestore requests per answer", f"{requests:.0f}", ""),
        ],
    )


def _both(values: list[float]) -> tuple[str, str]:
    return f"{quantile(values, 0.5):.0f}", f"{quantile(values, 0.99):.0f}"


async def _ask(system: LocalSystem) -> dict[str, float]:
    dingtalk = system.dingtalk
    person, robot = dingtalk.person("小明"), dingtalk.robot("handbook")
    conversation = dingtalk.private(person, robot)
    began = time.time()
    outcome = await dingtalk.say(person=person, conversation=conversation, text=QUESTION, robot=robot)
    pushed = time.time()
    turn_id = turn_id_of(robot.name, outcome.message.id)
    await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, 30)
    await system.functions.idle()
    turn = next(row for row in system.tablestore.rows("turns", 10_000) if row["turn_id"] == turn_id)
    timings = json.loads(str(turn["timings"]))
    task = system.functions.tasks()[-1]
    offset = (task.started - began) * 1000
    frames = [call for call in dingtalk.ledger.calls_for(turn_id) if "streaming" in call.api]
    return {
        "pushed": (pushed - began) * 1000,
        "first_frame_call": frames[0].took * 1000,
        "calls": float(turn["calls"]),
        **{key: offset + timings[key] for key in ("claimed", "first_piece", "first_frame", "closed")},
    }
