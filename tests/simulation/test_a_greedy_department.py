"""A department that asks ten times its share waits by itself: the others hardly notice.

One instance of async_answer behind a queue that is served in order, in virtual time. Four departments ask;
each has a share of two of the eight places, and an answer takes five seconds.
"""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.storage.turns.row import read_row
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.simulation.fc_queue import Queue, SlowBackend
from tests.skipping_loop import skipping

if TYPE_CHECKING:
    from collections.abc import Sequence

GREEDY, OTHERS = 100, (200, 300, 400)
PLACES, SHARE, ANSWER_SECONDS, SECONDS = 8, 2, 5.0, 25
#: Of each other department; together they need three places at a time.
EVERY_SECONDS = 5.0
BULKHEAD = ({"scope": "department", "concurrent": SHARE}, {"scope": "bot", "concurrent": PLACES})


def of_department(department: int, number: int, asked_ms: int) -> Question:
    name = f"d{department}n{number}"
    return a_question(
        name,
        sender=Sender("encrypted", name),
        conversation=Conversation(f"c{name}", ConversationType.ONE_TO_ONE),
        webhook=a_webhook(),
        asked_ms=asked_ms,
    )


async def waiting_of_the_others(
    limits: Sequence[dict[str, Any]], *, greedy_each_second: int
) -> tuple[float, Queue, SlowBackend]:
    """The median time that a question of the other departments waited for its answer to begin."""
    backend = SlowBackend(ANSWER_SECONDS)
    settings = a_bot(limits=tuple(msgspec.convert(one, Limit) for one in limits), streaming="final")
    worker = Worker(settings, own_backend=backend)
    worker.departments_of = lambda question: ((int(question.sender.staff_id[1:4]), 1),)
    queue = Queue([worker], slots=PLACES)
    async with worker.started():
        for second in range(SECONDS):
            for number in range(greedy_each_second):
                queue.ask(of_department(GREEDY, second * 100 + number, worker.now_ms))
            for place, department in enumerate(OTHERS):
                if second % EVERY_SECONDS == place:
                    queue.ask(of_department(department, second, worker.now_ms))
            await asyncio.sleep(1)
        await queue.idle()
    others = [
        seconds - ANSWER_SECONDS
        for turn_id, seconds in queue.took.items()
        if not turn_id.startswith(f"d{GREEDY}")
    ]
    assert len(others) == SECONDS / EVERY_SECONDS * len(OTHERS)
    return median(others), queue, backend


@skipping
async def test_the_others_wait_no_longer_while_one_department_asks_ten_times_its_share() -> None:
    # Ten times what two places answer in a second.
    greedy = round(10 * SHARE / ANSWER_SECONDS)

    alone, _, _ = await waiting_of_the_others(BULKHEAD, greedy_each_second=0)
    beside, queue, backend = await waiting_of_the_others(BULKHEAD, greedy_each_second=greedy)
    without, _, _ = await waiting_of_the_others((), greedy_each_second=greedy)

    # Counted in whole answers, since no question waits while the departments are alone.
    assert beside - alone < 0.1 * ANSWER_SECONDS
    assert without - alone > 2 * ANSWER_SECONDS
    assert backend.most <= PLACES
    # Every question has had an answer or a sentence.
    rows = [read_row(row) for row in queue.instances[0].rows.tables["turns"].values()]
    assert all(row.lease.finished for row in rows)
    assert not [
        row for row in rows if row.outcome.failure and row.question.sender.staff_id[1:4] != f"{GREEDY}"
    ]
    assert len(rows) == greedy * SECONDS + SECONDS / EVERY_SECONDS * len(OTHERS)
