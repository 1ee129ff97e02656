"""Which tier answers: by the question, by the conversation, by request, and when a backend fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.settings.sections.access import AccessRule, QuestionWords, Route, Subjects, When
from rag_on_dingtalk.settings.sections.answer_cache import AnswerCache
from tests.in_process import ScriptedBackend, Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import APP, BACKEND
from tests.unit.knowledge.asking import asked_by, events_of

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot

QUICK, DEEP, WHY = "快的回答。", "深的回答。", "为什么年假比病假少？"


def tiered_bot(**more: Any) -> Bot:
    from tests.builders import a_bot

    fields: dict[str, Any] = {
        "dingtalk": APP,
        "backend": None,
        "backends": {"quick": BACKEND, "deep": BACKEND},
        "routes": (
            Route(
                name="deep", use="deep", tier=2, when=When(question=QuestionWords(words=("为什么", "对比")))
            ),
            Route(name="quick", use="quick", tier=1),
        ),
        **more,
    }
    return a_bot(**fields)


def tiered_worker(bot: Bot | None = None) -> Worker:
    worker = Worker(bot or tiered_bot())
    worker.backend.parts = [Text(QUICK)]
    worker.others["deep"] = ScriptedBackend([Text(DEEP)])
    return worker


def asked_of(worker: Worker) -> tuple[int, int]:
    """How often the quick backend and the deep one were asked."""
    return len(worker.backend.asked), len(worker.others["deep"].asked)


def routed(worker: Worker, question: Question) -> tuple[object, object]:
    row = events_of(worker)[question.turn_id]
    return row["route"], row["routed"]


def deeper_button(worker: Worker, question: Question) -> bool:
    bodies = [body for path, body in worker.dingtalk.bodies if path.endswith("/createAndDeliver")]
    (found,) = [body["cardData"]["cardParamMap"] for body in bodies if body["outTrackId"] == question.turn_id]
    return bool(found.get("deeper") == "true")


@skipping
async def test_the_question_chooses_and_its_row_says_why() -> None:
    async with tiered_worker().started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2, WHY))

    assert asked_of(worker) == (1, 1)
    assert routed(worker, asked_by(1)) == ("quick", "")
    assert routed(worker, asked_by(2)) == ("deep", "words")
    (hour,) = worker.rows.tables["stats"].values()
    assert hour["routed_words"] == 1


@skipping
async def test_within_a_conversation_the_tier_goes_up_and_never_down() -> None:
    async with tiered_worker().started() as worker:
        for number, text in enumerate(("年假有几天？", WHY, "病假呢？"), 1):
            await worker.answer(asked_by(1, text, number=number))
        await worker.answer(asked_by(1, "/new", number=4))
        await worker.answer(asked_by(1, "事假呢？", number=5))

    found = [routed(worker, asked_by(1, number=number)) for number in (1, 2, 3, 5)]
    assert found == [("quick", ""), ("deep", "words"), ("deep", "conversation"), ("quick", "")]


@skipping
async def test_a_route_whose_right_has_ended_is_not_held_on_to() -> None:
    bot = tiered_bot(access=(AccessRule(allow=Subjects(users=("user0001",)), routes=("deep",)),))
    async with tiered_worker(bot).started() as worker:
        await worker.answer(asked_by(1, WHY))
        session = next(iter(worker.rows.tables["sessions"].values()))
        assert session["route"] == "deep"
    closed = tiered_bot(access=(AccessRule(deny=Subjects(users=("user0001",)), routes=("deep",)),))
    after = Worker(closed, rows=worker.rows, dingtalk=worker.dingtalk)
    after.backend.parts = [Text(QUICK)]
    async with after.started():
        seen = await after.answer(asked_by(1, "病假呢？", number=2))

    assert seen.card is not None
    assert seen.card[-1] == QUICK


@skipping
async def test_after_some_questions_a_conversation_is_answered_from_deeper() -> None:
    routes = (
        Route(name="deep", use="deep", tier=2, when=When(question=QuestionWords(depth=2))),
        Route(name="quick", use="quick", tier=1),
    )
    async with tiered_worker(tiered_bot(routes=routes)).started() as worker:
        for number in range(1, 5):
            await worker.answer(asked_by(1, f"第{number}个问题？", number=number))

    found = [routed(worker, asked_by(1, number=number)) for number in range(1, 5)]
    assert found == [("quick", ""), ("quick", ""), ("deep", "depth"), ("deep", "depth")]


@pytest.mark.parametrize(
    ("text", "failing", "expected"), [("年假？", "quick", (DEEP, "deep")), (WHY, "deep", (QUICK, "quick"))]
)
@pytest.mark.parametrize("kind", [FailureKind.UPSTREAM, FailureKind.PAUSED, FailureKind.CONFIG_AUTH])
@skipping
async def test_when_a_backend_fails_before_a_word_the_other_tier_is_asked_once(
    text: str, failing: str, expected: tuple[str, str], kind: FailureKind
) -> None:
    async with tiered_worker().started() as worker:
        backend = worker.backend if failing == "quick" else worker.others["deep"]
        backend.parts = [BackendError(kind, "failed", verdict=True)]
        seen = await worker.answer(asked_by(1, text))

    told, route = expected
    assert seen.card is not None
    assert seen.card[-1] == told
    assert routed(worker, asked_by(1)) == (route, "failure")
    assert asked_of(worker) == (1, 1)


@skipping
async def test_when_both_fail_the_person_is_told_once() -> None:
    async with tiered_worker().started() as worker:
        for backend in (worker.backend, worker.others["deep"]):
            backend.parts = [BackendError(FailureKind.QUOTA, "spent", verdict=True)]
        seen = await worker.answer(asked_by(1))

    assert asked_of(worker) == (1, 1)
    assert seen.row is not None
    assert seen.row.outcome.failure == "quota"


@pytest.mark.parametrize("parts", [[Text("一半"), BackendError(FailureKind.INTERRUPTED, "gone")], [Text("")]])
@skipping
async def test_what_has_begun_or_is_about_the_question_is_not_asked_elsewhere(parts: list[Any]) -> None:
    async with tiered_worker().started() as worker:
        worker.backend.parts = parts
        await worker.answer(asked_by(1))

    assert asked_of(worker) == (1, 0)


@skipping
async def test_no_other_tier_answers_whom_the_rules_refuse_it() -> None:
    bot = tiered_bot(access=(AccessRule(allow=Subjects(users=("boss01",)), routes=("deep",)),))
    async with tiered_worker(bot).started() as worker:
        worker.backend.parts = [BackendError(FailureKind.QUOTA, "spent", verdict=True)]
        await worker.answer(asked_by(1))
        offered = deeper_button(worker, asked_by(1))
        clicked = await worker.click("deeper", turn_id=asked_by(1).turn_id, user="user0001")

    assert not offered
    assert clicked == "answered"
    assert asked_of(worker)[1] == 0


@skipping
async def test_a_tap_asks_the_deeper_tier_once_and_leaves_a_label() -> None:
    async with tiered_worker().started() as worker:
        await worker.answer(asked_by(1))
        stranger = await worker.click("deeper", turn_id=asked_by(1).turn_id, user="user0009")
        for _ in range(2):
            await worker.click("deeper", turn_id=asked_by(1).turn_id, user="user0001")
        rows = events_of(worker)

    assert deeper_button(worker, asked_by(1))
    assert stranger == "nothing_to_ask"
    assert asked_of(worker) == (1, 1)
    assert rows[asked_by(1).turn_id]["deeper"] == 1
    (other,) = [row for turn_id, row in rows.items() if turn_id != asked_by(1).turn_id]
    assert (other["route"], other["routed"], other["repeated"]) == ("deep", "asked", 1)
    (hour,) = worker.rows.tables["stats"].values()
    assert hour["routed_asked"] == 1
    deepest = [body for path, body in worker.dingtalk.bodies if path.endswith("/createAndDeliver")][-1]
    assert "deeper" not in deepest["cardData"]["cardParamMap"]


@skipping
async def test_an_answer_says_why_it_came_by_its_route_where_the_bot_is_set_so() -> None:
    async with tiered_worker(tiered_bot(explain_route=True)).started() as worker:
        plain = await worker.answer(asked_by(1))
        hard = await worker.answer(asked_by(2, WHY))

    assert plain.card is not None
    assert hard.card is not None
    assert plain.card[-1] == QUICK
    assert hard.card[-1].endswith("（由「deep」回答：问题里有指定的词）")


@skipping
async def test_an_answer_of_another_tier_is_not_kept_for_those_who_ask_the_first() -> None:
    async with tiered_worker(tiered_bot(answer_cache=AnswerCache())).started() as worker:
        worker.backend.parts = [BackendError(FailureKind.QUOTA, "spent", verdict=True)]
        await worker.answer(asked_by(1))
        worker.backend.parts = [Text(QUICK)]
        seen = await worker.answer(asked_by(2))

    assert seen.card is not None
    assert seen.card[-1] == QUICK


@skipping
async def test_a_given_answer_has_both_buttons() -> None:
    async with tiered_worker(tiered_bot(answer_cache=AnswerCache())).started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))
        await worker.click("deeper", turn_id=asked_by(2).turn_id, user="user0002")

    assert deeper_button(worker, asked_by(2))
    assert asked_of(worker) == (1, 1)


@skipping
async def test_routing_adds_no_request_to_a_bot_with_routes() -> None:
    def untiered() -> Bot:
        routes = (
            Route(name="deep", use="deep", when=When(question=QuestionWords(words=("为什么",)))),
            Route(name="quick", use="quick"),
        )
        return tiered_bot(routes=routes)

    calls = []
    for bot in (untiered(), tiered_bot()):
        async with tiered_worker(bot).started() as worker:
            await worker.answer(asked_by(1))
            await worker.answer(asked_by(1, "病假呢？", number=2))
        calls.append([call for call in worker.rows.calls if "stats" not in call])

    assert calls[0] == calls[1]
