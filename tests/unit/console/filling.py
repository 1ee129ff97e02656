"""Rows of every table that pages show, with a text of the test's choice in each place that is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.knowledge.curated.curating import By
from rag_on_dingtalk.knowledge.evaluation_runs import EvaluationRun, Missed, RouteRun, run_columns
from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork, work_columns
from rag_on_dingtalk.knowledge.gaps import KnownGap, gap_columns
from rag_on_dingtalk.knowledge.skills.skill import Skill, Triggers
from rag_on_dingtalk.models.access import Grant, Profile, RoleHeld
from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.models.question import Sender, turn_id_of
from rag_on_dingtalk.observability.events import Act, QuestionEvent
from rag_on_dingtalk.storage.access.directory import Stored
from rag_on_dingtalk.storage.knowledge.evaluations import Evaluations
from rag_on_dingtalk.storage.tables import FEEDBACK, INCIDENTS
from rag_on_dingtalk.storage.turns.lease import Lease
from rag_on_dingtalk.storage.turns.outcome import Outcome, Status
from rag_on_dingtalk.storage.turns.row import columns_of
from tests.builders import NOW_MS, a_question
from tests.unit.console.world import ASKER, CORP

if TYPE_CHECKING:
    from tests.unit.console.world import World

TURN = turn_id_of("handbook", "one")
HOUR_MS = 3_600_000


async def fill(world: World, text: str) -> None:
    """One of everything."""
    rows: Any = world.rows
    services = world.services
    event = QuestionEvent(
        turn_id=TURN,
        bot="handbook",
        asked_ms=NOW_MS - HOUR_MS,
        asker=ASKER,
        chat="group",
        conversation=text,
        question=text,
        outcome="refused",
        failure=text,
        backend=text,
        channel=text,
        route=text,
        rule=text,
        cache=text,
        total_ms=1_200,
    )
    await services.questions.remember(event)
    for number, person in enumerate(("a", "b", "c")):
        asked = msgspec.structs.replace(
            event,
            turn_id=turn_id_of("handbook", f"gap {number}"),
            asked_ms=NOW_MS - number * 1_000,
            asker=person,
            question=f"gap {text}",
            outcome="nothing_found",
            failure="",
        )
        await services.questions.remember(asked)
    question = a_question(TURN, text, asked_ms=NOW_MS - HOUR_MS, sender=Sender("x", ASKER, text))
    outcome = Outcome(
        status=Status.DONE,
        answer=text,
        citations=(Citation(text, "javascript:alert(1)", text, text),),
        refused="everyone",
        route=text,
    )
    world.rows.tables["turns"] = {(TURN,): columns_of(question, Lease("o", 0, 1), outcome)}
    opinion = {"liked": False, "given_ms": NOW_MS, "reason": text}
    await rows.put(FEEDBACK, (TURN, "someone"), opinion)
    profile = Profile(((1,),), (RoleHeld("1", text, text),), text, fetched_ms=NOW_MS)
    await services.directory.keep(CORP, ASKER, profile, Stored(None, 0))
    await services.grants.give(
        Grant("g1", "handbook", ASKER, "everyone", NOW_MS, NOW_MS + HOUR_MS, "owner1", text)
    )
    for number, act in enumerate(("grant.asked", "settings.changed")):
        what = Act(
            act=act, bot="handbook", who=ASKER, at_ms=NOW_MS, what=text, detail=TURN if not number else text
        )
        await services.audit.append(what, id_=f"{number}")
    await rows.put(INCIDENTS, ("handbook", "backend_fails"), incident(text))
    await rows.put(INCIDENTS, ("handbook", text[:40]), incident(text))
    skill = Skill(id="one", triggers=Triggers(questions=(text[:100] + "问",)), answer=text)
    await services.curating.draft("handbook", skill, By("hr", NOW_MS), routes=("everyone",))
    missed = (Missed(ask=text[:200], problems=(text[:200],)),)
    route = RouteRun(
        route=text, asked=3, passed=2, failed=1, p50_ms=900, p95_ms=2_100, tokens=77, missed=missed
    )
    run = EvaluationRun(at_ms=NOW_MS, file=text, routes=(route,))
    await Evaluations(rows).keep("handbook", NOW_MS, run_columns(run))
    work = a_run(state="stopped", routes=(text, text), name=text, text=text, by=text, why=text)
    await services.evaluation_work.begin("handbook", {**work_columns(work)}, instead_of={})
    gap = KnownGap(
        id="0" * 12,
        question=text,
        wordings=(text,),
        route=text,
        people=3,
        times=4,
        last_ms=NOW_MS,
        turns=(TURN,),
        state="ignored",
        by=text,
    )
    await services.curated.note_gap("handbook", gap.id, gap_columns(gap))


def a_run(**more: Any) -> EvaluationWork:
    """A run of golden questions, in the middle of it."""
    fields: dict[str, Any] = {
        "run": "r1",
        "state": "running",
        "routes": ("everyone",),
        "name": "请假",
        "text": "年假 | 5 天",
        "total": 40,
        "done": 12,
        "owner": "invocation",
        "until_ms": NOW_MS + 30_000,
        "by": "curator1",
        "why": "换了模型",
        "began_ms": NOW_MS - 60_000,
        **more,
    }
    return EvaluationWork(**fields)


def incident(text: str) -> dict[str, Any]:
    """One that is open."""
    return {
        "state": "open",
        "episode": 1,
        "in_a_row": 3,
        "count": 3,
        "first_ms": NOW_MS - HOUR_MS,
        "last_ms": NOW_MS,
        "acknowledged_by": text,
        "detail": text,
        "version": 1,
    }
