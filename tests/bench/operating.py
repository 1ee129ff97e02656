"""What the operators' numbers and an experiment add to a question: CPU of it all; the bound is 1 ms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.canary.arms import Trials
from rag_on_dingtalk.access.decision import decide
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.models.access import Decided, Profile
from rag_on_dingtalk.observability.events import counts_of, log_fields_of, question_row
from rag_on_dingtalk.observability.experiments.comparison import worse
from rag_on_dingtalk.observability.experiments.counts import read_counts
from rag_on_dingtalk.observability.incidents.rules import signs_of
from rag_on_dingtalk.pipeline.remember import event_of
from rag_on_dingtalk.settings.sections.access import Route, When
from rag_on_dingtalk.storage.rows.changes import Update, batch
from rag_on_dingtalk.storage.shared.experiments import arm_updates
from rag_on_dingtalk.storage.tables import QUESTIONS, STATS
from rag_on_dingtalk.storage.turns.outcome import Outcome, Timings
from tests.bench.table import print_table, quantile
from tests.builders import NOW_MS, a_bot, a_question

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.settings.bot import Bot

_ROUNDS = 2_000
_DECIDED = Decided(
    allowed=True, rule="", reason="open", policy_version="v", arm="new:canary", opened=("new",)
)


def report() -> None:
    """Print the median and the slowest hundredth of both parts."""
    plain = a_bot()
    assert plain.backend is not None
    backends = {"general": plain.backend, "next": plain.backend}
    everyone = Route(name="everyone", use="general")
    canary = Route(name="new", use="next", when=When(percent=10))
    with_one = a_bot(backend=None, backends=backends, routes=(canary, everyone))
    named = Route(name="new", use="next", when=When(users=("x",)))
    without = a_bot(backend=None, backends=backends, routes=(named, everyone))
    written = [_timed(_written, with_one) for _ in range(_ROUNDS)]
    decided = [_timed(_decided(one), one) for one in (without, with_one) for _ in range(_ROUNDS)]
    plain_times, times = sorted(decided[:_ROUNDS]), sorted(decided[_ROUNDS:])
    print_table(
        "What operators' numbers and an experiment add to a question: ms of CPU, 1 for all of it",
        ("", "median", "99 of 100 within"),
        [
            ("row, counts, arm, log fields, signs, guard", *_row(written)),
            ("access decision without an experiment", *_row(plain_times)),
            ("access decision with one", *_row(times)),
        ],
    )


def _row(times: list[float]) -> tuple[str, str]:
    return f"{quantile(times, 0.5):.3f}", f"{quantile(times, 0.99):.3f}"


def _timed(work: Callable[[Bot], None], bot: Bot) -> float:
    began = time.process_time()
    work(bot)
    return (time.process_time() - began) * 1000


def _written(bot: Bot) -> None:
    outcome = Outcome(
        answer="年假五天。" * 100,
        timings=Timings(5, 900, 950, 12_000),
        calls=8,
        facts={"stage": "generate"},
        decided=_DECIDED,
    )
    event = event_of(a_question(), outcome, bot, attempt=1, started_ms=NOW_MS)
    changes = (
        Update(
            table=QUESTIONS,
            key=(f"b/{event.day}", event.asked_ms, event.turn_id),
            columns={**question_row(event)},
        ),
        Update(table=STATS, key=(event.bot, event.hour), counts=counts_of(event)),
        *arm_updates(event),
    )
    batch(changes)
    log_fields_of(event)
    list(signs_of(event, slow_ms=15_000))
    counts = read_counts({"answered": 400, "failed": 9, "total_le_4431": 300})
    worse(counts, counts, margin=0.1)


def _decided(bot: Bot) -> Callable[[Bot], None]:
    policy, trials, profile = policy_of(bot, "handbook"), Trials({"new": "running"}), Profile(((7, 1),))

    def decide_one(_: Bot) -> None:
        decide(policy, facts_of("someone", "someone", profile, text="年假有几天？"), (), NOW_MS, trials)

    return decide_one
