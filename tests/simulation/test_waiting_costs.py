"""A question that waits for an earlier one of its conversation costs little, and holds up no other."""

from __future__ import annotations

from contextlib import AsyncExitStack

from rag_on_dingtalk.models.question import Conversation, ConversationType
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import FakeDingTalk, MemoryRows, Worker
from tests.simulation.fc_queue import Queue, SlowBackend
from tests.skipping_loop import skipping

#: Of Tablestore, by one question that waits, over all instances.
REQUESTS_A_SECOND = 0.05


class Day:
    """Questions of one conversation, asked at once, and one of another person a moment later."""

    def __init__(self, questions: int, seconds: float) -> None:
        self.questions, self.seconds = questions, seconds
        self.rows = MemoryRows()
        self.backend = SlowBackend(seconds)
        dingtalk, settings = FakeDingTalk(), a_bot(streaming="final")
        self.queue = Queue(
            [Worker(settings, rows=self.rows, dingtalk=dingtalk, own_backend=self.backend) for _ in range(2)],
            slots=20,
        )

    async def play(self) -> Day:
        async with AsyncExitStack() as opened:
            first, *_ = [await opened.enter_async_context(one.started()) for one in self.queue.instances]
            for number in range(self.questions):
                asked_ms = first.now_ms + number
                self.queue.ask(a_question(f"t{number:03}", asked_ms=asked_ms, webhook=a_webhook()))
            elsewhere = Conversation("c2", ConversationType.ONE_TO_ONE)
            self.queue.ask(a_question("other", conversation=elsewhere, asked_ms=first.now_ms))
            await self.queue.idle()
        return self

    @property
    def requests(self) -> int:
        return len(self.rows.calls)

    @property
    def waited(self) -> float:
        """By all questions together, in seconds; to the millisecond, as the clock of the code counts."""
        return round(sum(self.queue.took.values()) - self.seconds * len(self.queue.took), 3)


@skipping
async def test_while_a_hundred_questions_of_a_conversation_wait_another_person_is_answered() -> None:
    alone, crowd = await Day(1, 10.0).play(), await Day(101, 10.0).play()

    # A hundred that arrive at once need a second to find out which of them is first.
    assert crowd.queue.took["other"] <= alone.queue.took["other"] + 1.0
    assert list(crowd.queue.took)[2:] == sorted(list(crowd.queue.took)[2:])
    assert crowd.backend.most == 2
    # All that is more than the answers themselves take: leaving, waiting, coming back.
    answers = alone.requests / 2 * len(crowd.queue.took)
    assert len(crowd.queue.took) == 102
    assert (crowd.requests - answers) / crowd.waited < REQUESTS_A_SECOND


@skipping
async def test_each_further_second_of_waiting_costs_a_twentieth_of_a_request_at_most() -> None:
    more = []
    for seconds in (200.0, 260.0):
        alone, two = await Day(1, seconds).play(), await Day(2, seconds).play()
        more.append((two.requests - alone.requests / 2 * 3, two.waited))

    (less, sooner), (most, later) = more
    assert (most - less) / (later - sooner) <= REQUESTS_A_SECOND
    assert later - sooner > 59
