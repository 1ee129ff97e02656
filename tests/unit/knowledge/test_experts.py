"""The expert in the loop: passed on, answered, made the answer for all; the whole worker in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.models.question import Quote, turn_id_of
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.knowledge import SkillSettings
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import FakePeople
from tests.unit.knowledge.world import asked, by, skill_bot

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from tests.in_process import Seen

EXPERT, SECOND, CURATOR = "exp01", "exp02", "hr01"
TURN = asked("", 1).turn_id
SALE = "年假可以折现吗？"


def expert_bot(**more: Any) -> Any:
    fields: dict[str, Any] = {
        "skills": SkillSettings(curated=True),
        "experts": {"everyone": (EXPERT,)},
        "roles": RoleHolders(curator=(CURATOR,)),
        **more,
    }
    return skill_bot(**fields)


def expert_worker(bot: Any = None, **more: Any) -> Worker:
    worker = Worker(bot or expert_bot(), **more)
    worker.people = FakePeople()
    worker.backend.parts = [Text("没有找到。"), NothingFound()]
    return worker


def to(worker: Worker, user: str) -> list[str]:
    """The messages that went to a person in private."""
    return [
        str(body["msgParam"])
        for path, body in worker.dingtalk.bodies
        if path == "/v1.0/robot/oToMessages/batchSend" and user in body["userIds"]
    ]


def request_of(expert: str = EXPERT, turn: str = TURN) -> str:
    return turn_id_of("handbook", f"expert_request {turn} {expert}")


def written(text: str, number: int, user: str = EXPERT, *, request: str = "") -> Question:
    """What a person writes; with a request, as a reply that quotes it."""
    question = by(asked(text, number), user, "王老师" if user == EXPERT else user)
    if not request:
        return question
    return msgspec.structs.replace(question, quote=Quote(own=True, ids=(request,)))


async def passed_on(worker: Worker) -> Seen:
    seen = await worker.answer(asked(SALE, 1))
    assert await worker.click("ask", words="转给专家", turn_id=TURN) == "expert_asked"
    return seen


@skipping
async def test_an_unanswered_asker_gets_an_expert_s_answer_and_the_next_asker_gets_it_at_once() -> None:
    async with expert_worker().started() as worker:
        seen = await passed_on(worker)
        assert seen.row is not None
        assert seen.row.outcome.suggestions == ("转给专家",)
        (request,) = to(worker, EXPERT)
        assert SALE in request
        assert f"/answer {request_of()}" in request

        told = await worker.answer(written("可以，每年 12 月一次。", 2, request=request_of()))
        assert any("已转给提问的人" in text for text in told.messages)
        answer = worker.dingtalk.cards[
            turn_id_of("handbook", f"desk_note expert {TURN} {asked('', 2).turn_id} user0001")
        ]
        assert "王老师 回答了你" in answer["texts"][-1]
        assert "每年 12 月一次" in answer["texts"][-1]

        review = turn_id_of("handbook", f"draft_review expert-{TURN[1:9]} 1 {CURATOR}")
        assert "每年 12 月一次" in worker.dingtalk.cards[review]["texts"][-1]
        before = len(worker.backend.asked)
        assert await worker.click("ask", words="发布", turn_id=review, user=CURATOR) == "published"
        worker.skipped_ms = 30_000
        next_one = await worker.answer(by(asked("请问年假可以折现吗", 3), "user0007"))

    assert len(worker.backend.asked) == before
    assert next_one.card is not None
    assert next_one.card[-1].startswith("可以，每年 12 月一次。\n\n（由 hr01 审核")
    acts = [row["act"] for row in worker.rows.tables["audit"].values() if "act" in row]
    assert acts == ["question.passed_on", "expert.answered", "answer.curated", "answer.curated"]
    (question, *_) = worker.rows.tables["questions"].values()
    assert question["expert"] == "answered"


@skipping
async def test_the_command_answers_as_the_quote_does() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        await worker.answer(written(f"/answer {request_of()} 可以。", 2))

    assert any("可以。" in text for card in worker.dingtalk.cards.values() for text in card["texts"])


@skipping
async def test_a_second_answer_is_an_addition_and_the_same_message_twice_is_one() -> None:
    async with expert_worker(expert_bot(experts={"everyone": (EXPERT, SECOND)})).started() as worker:
        await passed_on(worker)
        first = written("可以。", 2, request=request_of())
        await worker.answer(first)
        await worker.answer(first)
        await worker.answer(written("12 月申请。", 3, SECOND, request=request_of(SECOND)))

    said = [card["texts"][-1] for card in worker.dingtalk.cards.values() if card["texts"]]
    assert sum("回答了你" in text for text in said) == 1
    assert sum("补充了回答" in text for text in said) == 1


@skipping
async def test_an_answer_after_the_question_was_forgotten_is_told_to_its_writer() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        del worker.rows.tables["turns"][TURN,]
        told = await worker.answer(written("可以。", 2, request=request_of()))

    assert any("已经过期" in text for text in told.messages)
    assert not any("回答了你" in text for card in worker.dingtalk.cards.values() for text in card["texts"])


@skipping
async def test_a_late_answer_names_the_day_of_the_question() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        worker.skipped_ms = 5 * 86_400_000
        await worker.answer(written("可以。", 2, request=request_of()))

    assert any("2026-11-17" in text for card in worker.dingtalk.cards.values() for text in card["texts"])


@skipping
async def test_an_expert_who_has_left_is_not_asked_and_the_asker_is_told_when_none_is_left() -> None:
    async with expert_worker(expert_bot(experts={"everyone": (EXPERT, SECOND)})).started() as worker:
        worker.people.gone = {EXPERT}
        await passed_on(worker)
        assert not to(worker, EXPERT)
        assert to(worker, SECOND)
        worker.people.gone = {EXPERT, SECOND}
        await worker.answer(asked("还有吗", 5))
        assert await worker.click("ask", words="转给专家", turn_id=asked("", 5).turn_id) == "expert_none"

    assert any("没有可以回答" in text for text in to(worker, "user0001"))


@skipping
async def test_an_answer_to_a_person_who_has_left_is_not_sent_and_its_writer_is_told() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        worker.people.gone = {"user0001"}
        before = len(worker.dingtalk.cards)
        told = await worker.answer(written("可以。", 2, request=request_of()))

    assert any("没有送达" in text for text in told.messages)
    assert len(worker.dingtalk.cards) == before


@skipping
async def test_who_is_no_expert_any_more_answers_no_one() -> None:
    first = expert_worker()
    async with first.started() as worker:
        await passed_on(worker)
    later = expert_worker(
        expert_bot(experts={"everyone": (SECOND,)}), rows=first.rows, dingtalk=first.dingtalk
    )
    async with later.started() as worker:
        told = await worker.answer(written("可以。", 2, request=request_of()))

    assert any("不是这类问题的专家" in text for text in told.messages)


@skipping
async def test_a_request_is_answered_by_the_person_it_was_sent_to_and_no_other() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        asked_before = len(worker.backend.asked)
        seen = await worker.answer(written(f"/answer {request_of()} 假的。", 2, "user0009"))
        await worker.answer(written("假的。", 3, "user0009", request=request_of()))

    assert any("没有找到这个编号" in text for text in seen.messages)
    # A quote of another person's message is a question like any other.
    assert len(worker.backend.asked) == asked_before + 1
    assert not any("回答了你" in text for card in worker.dingtalk.cards.values() for text in card["texts"])


@skipping
async def test_only_the_asker_passes_a_question_on_and_only_once() -> None:
    async with expert_worker().started() as worker:
        await worker.answer(asked(SALE, 1, group=True))
        stranger = await worker.click("ask", words="转给专家", turn_id=TURN, user="user0009")
        await worker.click("ask", words="转给专家", turn_id=TURN)
        await worker.click("ask", words="转给专家", turn_id=TURN)

    assert stranger == "not_the_asker"
    assert len(to(worker, EXPERT)) == 1


@skipping
async def test_an_answer_with_sources_offers_no_expert() -> None:
    from rag_on_dingtalk.backends.base import Citations
    from rag_on_dingtalk.models.answer import Citation

    async with expert_worker().started() as worker:
        worker.backend.parts = [Text("十天。"), Citations((Citation("员工手册.docx"),))]
        answered = await worker.answer(asked("年假有几天？", 1))

    assert answered.row is not None
    assert answered.row.outcome.suggestions == ()


@skipping
async def test_without_a_button_the_command_asks_the_experts_and_keeps_to_the_rules() -> None:
    from rag_on_dingtalk.settings.sections.access import AccessRule, Subjects

    rules = (AccessRule(name="no", deny=Subjects(users=("left01",))),)
    async with expert_worker(expert_bot(access=rules)).started() as worker:
        seen = await worker.answer(asked(f"/expert {SALE}", 1))
        refused = await worker.answer(by(asked("/expert 工资表在哪", 2), "left01"))

    (request,) = to(worker, EXPERT)
    assert SALE in request
    assert "/expert" not in request
    assert any("已转给专家" in text for text in (*seen.messages, *to(worker, "user0001")))
    assert refused.row is not None
    assert not any("工资表" in text for text in to(worker, EXPERT))
    row = next(row for row in worker.rows.tables["questions"].values() if row["asker"] == "user0001")
    assert (row["question"], row["expert"]) == (SALE, "asked")


@skipping
async def test_a_person_who_is_no_curator_publishes_nothing() -> None:
    async with expert_worker(expert_bot(roles=RoleHolders(owner=("boss01",)))).started() as worker:
        await passed_on(worker)
        await worker.answer(written("可以。", 2, request=request_of()))
        review = turn_id_of("handbook", f"draft_review expert-{TURN[1:9]} 1 boss01")
        stranger = await worker.click("ask", words="发布", turn_id=review, user="user0001")
        discarded = await worker.click("ask", words="不用", turn_id=review, user="boss01")

    assert (stranger, discarded) == ("not_a_curator", "discarded")
    assert not any(
        key[2] == 0 and "@" not in key[0] and "/" not in key[0] for key in worker.rows.tables["curated"]
    )


@skipping
async def test_a_curator_answers_the_review_with_better_words_and_publishes_those() -> None:
    async with expert_worker().started() as worker:
        await passed_on(worker)
        await worker.answer(written("可以。", 2, request=request_of()))
        review = turn_id_of("handbook", f"draft_review expert-{TURN[1:9]} 1 {CURATOR}")
        await worker.answer(written("可以，12 月向人事申请。", 3, CURATOR, request=review))
        second = turn_id_of("handbook", f"draft_review expert-{TURN[1:9]} 2 {CURATOR}")
        await worker.click("ask", words="发布", turn_id=second, user=CURATOR)
        worker.skipped_ms = 30_000
        seen = await worker.answer(by(asked(SALE, 4), "user0007"))

    assert seen.card is not None
    assert "12 月向人事申请" in seen.card[-1]
