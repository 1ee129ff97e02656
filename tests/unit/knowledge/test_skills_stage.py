"""What a skill answers, to whom, and what it costs: the whole worker in one process."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.knowledge.curated.curating import By, Curating
from rag_on_dingtalk.knowledge.skills.skill import Skill, Triggers
from rag_on_dingtalk.models.question import Attachment, Quote
from rag_on_dingtalk.safety.safety import Safety
from rag_on_dingtalk.safety.words.word_filter import WordFilter
from rag_on_dingtalk.safety.words.word_rule import WordRule
from rag_on_dingtalk.settings.sections.access import AccessRule, Route, Subjects, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.knowledge import SkillSettings
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from tests.builders import NOW_MS, a_bot
from tests.in_process import MemoryRows, Worker
from tests.skipping_loop import skipping
from tests.unit.knowledge.world import PARKING, asked, by, skill_bot, skill_worker

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.events import Act


def curated_bot(**more: Any) -> Any:
    return skill_bot(skills=SkillSettings(curated=True), **more)


def curating(rows: MemoryRows) -> tuple[Curating, list[Act]]:
    acts: list[Act] = []

    async def record(act: Act) -> None:
        acts.append(act)

    return Curating(CuratedRows(rows), record), acts  # type: ignore[arg-type]  # the same methods over a dictionary


def an_answer(answer: str = "每月 200 元。", **more: Any) -> Skill:
    return Skill(id="parking", triggers=Triggers(questions=("停车怎么收费",)), answer=answer, **more)


@skipping
async def test_a_question_that_starts_a_skill_never_reaches_the_backend() -> None:
    async with skill_worker(PARKING).started() as worker:
        seen = await worker.answer(asked("请问停车怎么收费？"))

    assert seen.card == ["小明，员工停车每月 200 元。"]
    assert worker.backend.asked == []
    assert seen.row is not None
    assert seen.row.outcome.facts == {"skill": "parking@1", "stage": "skills"}
    (question,) = worker.rows.tables["questions"].values()
    assert (question["outcome"], question["skill"]) == ("answered", "parking@1")


@skipping
async def test_every_other_question_goes_on_to_the_backend() -> None:
    async with skill_worker(PARKING).started() as worker:
        worker.backend.parts = [Text("十天。")]
        seen = await worker.answer(asked("年假有几天？"))

    assert seen.card == ["十天。"]
    assert len(worker.backend.asked) == 1


@skipping
async def test_what_is_asked_about_a_file_or_another_message_is_not_a_skill_s_to_answer() -> None:
    async with skill_worker(PARKING).started() as worker:
        worker.backend.parts = [Text("见文件。")]
        await worker.answer(asked("停车怎么收费", quote=Quote(text="旧的收费表")))
        await worker.answer(asked("停车怎么收费", 2, attachments=(Attachment("file", "code", "表.pdf"),)))

    assert [ask.text.endswith("停车怎么收费") for ask in worker.backend.asked] == [True]
    assert [row["skill"] for row in worker.rows.tables["questions"].values()] == ["", ""]


@pytest.mark.parametrize(
    ("scope", "answers"),
    [
        ({"valid_from": "2026-01-01", "valid_until": "2026-12-31"}, True),
        ({"valid_until": "2026-11-16"}, False),
        ({"valid_from": "2026-11-18"}, False),
        ({"when": {"chat": "group"}}, False),
        ({"when": {"users": ["user0001"]}}, True),
        ({"when": {"users": ["user0002"]}}, False),
        # The directory cannot be asked, so it is not known.
        ({"when": {"departments": [7]}}, False),
    ],
)
def test_a_skill_is_for_its_days_and_its_people_only(scope: dict[str, Any], *, answers: bool) -> None:
    @skipping
    async def scenario() -> None:
        document = {**PARKING, **scope}
        for name in ("valid_from", "valid_until"):
            if name in document:
                document[name] = date.fromisoformat(document[name])
        async with skill_worker(document).started() as worker:
            worker.backend.parts = [Text("请看手册。")]
            await worker.answer(asked("停车怎么收费"))
            assert bool(worker.backend.asked) is not answers

    scenario()


def routed_bot() -> Any:
    base = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")
    return skill_bot(
        backend=None,
        backends={"general": base, "finance": base},
        routes=(
            Route(name="finance", use="finance", when=When(users=("boss01",))),
            Route(name="everyone", use="general"),
        ),
        access=(AccessRule(name="no", deny=Subjects(users=("left01",))),),
    )


@skipping
async def test_a_skill_of_a_route_says_nothing_to_people_whom_the_rules_give_another_route_or_none() -> None:
    async with skill_worker({**PARKING, "routes": ["finance"]}, bot=routed_bot()).started() as worker:
        worker.backend.parts = [Text("请看手册。")]
        await worker.answer(by(asked("停车怎么收费", 1), "user0001"))
        boss = await worker.answer(by(asked("停车怎么收费", 2), "boss01", "王总"))
        refused = await worker.answer(by(asked("停车怎么收费", 3), "left01"))

    assert len(worker.backend.asked) == 1
    assert boss.card == ["王总，员工停车每月 200 元。"]
    assert not any("200" in text for text in (*(refused.card or []), *worker.dingtalk.messages))


def worded(level: str) -> Any:
    return lambda log: Safety(
        words=WordFilter([WordRule("二百", level, "w:1")]),  # type: ignore[arg-type]
        log=log,
        clock=lambda: NOW_MS,
    )


@skipping
async def test_what_a_skill_says_is_masked_and_blocked_like_any_answer() -> None:
    document = {**PARKING, "answer": "每月二百元。", "tests": []}
    async with skill_worker(document, safety=worded("mask")).started() as worker:
        masked = await worker.answer(asked("停车怎么收费"))
    async with skill_worker(document, safety=worded("block")).started() as worker:
        blocked = await worker.answer(asked("停车怎么收费"))

    assert masked.card is not None
    assert blocked.card is not None
    assert "二百" not in masked.card[-1]
    assert masked.card[-1].startswith("每月")
    assert "没有通过内容检查" in blocked.card[-1]


@skipping
async def test_a_skill_s_answer_is_remembered_for_a_backend_that_is_told_what_was_said() -> None:
    from rag_on_dingtalk.settings.sections.backends import OpenAICompatible

    backend = OpenAICompatible(base_url="https://kb.example", api_key="env:KEY", model="m")
    async with skill_worker(PARKING, bot=skill_bot(backend=backend)).started() as worker:
        worker.backend.parts = [Text("可以。")]
        await worker.answer(asked("停车怎么收费"))
        await worker.answer(asked("可以报销吗？", 2))

    (ask,) = worker.backend.asked
    assert [one.question for one in ask.history] == ["停车怎么收费"]
    assert "200" in ask.history[0].answer


@skipping
async def test_a_curated_answer_says_who_approved_it_and_when() -> None:
    async with Worker(curated_bot()).started() as worker:
        desk, acts = curating(worker.rows)
        number = await desk.draft(
            "handbook", an_answer("{每月} 200 元。"), By("hr01", NOW_MS), routes=("everyone",)
        )
        before = await worker.answer(asked("停车怎么收费", 1))
        await desk.publish("handbook", "parking", number, By("hr02", NOW_MS))
        worker.skipped_ms = 30_000
        seen = await worker.answer(asked("停车怎么收费？", 2))

    assert before.card != seen.card
    assert seen.card == ["{每月} 200 元。\n\n（由 hr02 审核，2026-11-17）"]
    assert [(one.act, one.who, one.what, one.detail) for one in acts] == [
        ("answer.curated", "hr01", "parking", "draft 1"),
        ("answer.curated", "hr02", "parking", "published 1"),
    ]


@skipping
async def test_an_instance_reads_a_number_every_half_minute_and_the_answers_only_when_it_has_changed() -> (
    None
):
    async with Worker(curated_bot()).started() as worker:
        worker.backend.parts = [Text("不知道。")]
        desk, _ = curating(worker.rows)
        number = await desk.draft("handbook", an_answer(), By("hr01", NOW_MS), routes=("everyone",))
        await desk.publish("handbook", "parking", number, By("hr01", NOW_MS))
        worker.rows.calls.clear()
        for asking in range(10):
            worker.skipped_ms += 10_000
            await worker.answer(asked("年假有几天？", 10 + asking))
        looks = worker.rows.calls.count("get curated"), worker.rows.calls.count("range curated")

    assert looks[0] <= 4
    assert looks[1] == 1


@skipping
async def test_while_tablestore_is_away_what_was_known_still_answers() -> None:
    async with Worker(curated_bot()).started() as worker:
        desk, _ = curating(worker.rows)
        number = await desk.draft("handbook", an_answer(), By("hr01", NOW_MS), routes=("everyone",))
        await desk.publish("handbook", "parking", number, By("hr01", NOW_MS))
        await worker.answer(asked("停车怎么收费", 1))
        worker.skipped_ms = 60_000
        worker.rows.missing = {"curated"}
        seen = await worker.answer(asked("停车怎么收费", 2))

    assert seen.card is not None
    assert "200" in seen.card[-1]
    assert "WARNING curated_not_read" in worker.log


@skipping
async def test_a_bot_without_skills_asks_tablestore_for_none() -> None:
    async with Worker(a_bot()).started() as worker:
        worker.backend.parts = [Text("十天。")]
        await worker.answer(asked("停车怎么收费"))

    assert not any("curated" in call for call in worker.rows.calls)


def test_a_person_gets_the_same_of_two_versions_each_time_and_a_tenth_gets_the_new_one() -> None:
    from rag_on_dingtalk.knowledge.skills.matching import version_for

    old = an_answer(version=1)
    new = msgspec.structs.replace(old, version=2, percent=10)
    chosen = {
        person: version_for((new, old), bot="handbook", person=f"user{person}").version
        for person in range(10_000)
    }
    assert 900 <= sum(version == 2 for version in chosen.values()) <= 1_100
    assert all(
        version_for((old, new), bot="handbook", person=f"user{person}").version == version
        for person, version in chosen.items()
    )
