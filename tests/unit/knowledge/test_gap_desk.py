"""Gaps as cards: filled, passed on, ignored; the whole worker in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.knowledge.curated.curating import By, Curating
from rag_on_dingtalk.knowledge.gap_book import GapBook
from rag_on_dingtalk.knowledge.gaps import gap_id, open_gaps
from rag_on_dingtalk.knowledge.skills.skill import Skill, Triggers
from rag_on_dingtalk.models.question import Quote, turn_id_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.settings.sections.access import AccessRule, RoleHolders, Route, Subjects, When
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.knowledge import GapSettings, SkillSettings
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from tests.builders import NOW_MS
from tests.in_process import Worker
from tests.skipping_loop import skipping
from tests.unit.access.world import FakePeople
from tests.unit.knowledge.test_experts import to
from tests.unit.knowledge.world import asked, by, skill_bot

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question

CURATOR, EXPERT = "hr01", "exp01"
#: In the words of three people.
VPN = ("VPN 怎么申请？", "请问vpn怎么申请", "ＶＰＮ怎么申请呢")


def gap_bot(**more: Any) -> Any:
    fields: dict[str, Any] = {
        "skills": SkillSettings(curated=True),
        "experts": {"everyone": (EXPERT,)},
        "gaps": GapSettings(cards=2, tell_askers=True),
        "roles": RoleHolders(curator=(CURATOR,)),
        "operations": OperationsSettings(group="cidOps"),
        **more,
    }
    return skill_bot(**fields)


def gap_worker(bot: Any = None) -> Worker:
    worker = Worker(bot or gap_bot())
    worker.people = FakePeople()
    worker.backend.parts = [Text("没有找到。"), NothingFound()]
    return worker


async def not_answered(worker: Worker) -> None:
    """Three people ask the same."""
    for number, text in enumerate(VPN, start=1):
        await worker.answer(by(asked(text, number), f"user000{number}"))


def notices(worker: Worker) -> dict[str, list[str]]:
    """What the cards in the operators' group said, by their ids."""
    found: dict[str, list[str]] = {}
    for path, body in worker.dingtalk.bodies:
        if path == "/v1.0/card/instances" and "content" in body["cardData"]["cardParamMap"]:
            found.setdefault(body["outTrackId"], []).append(body["cardData"]["cardParamMap"]["content"])
    return found


async def shown(worker: Worker) -> str:
    """The id of the gap's card."""
    await worker.answer(by(asked("/gaps", 9), CURATOR))
    (card,) = notices(worker)
    return card


def reply_to(text: str, number: int, user: str, request: str) -> Question:
    return msgspec.structs.replace(by(asked(text, number), user), quote=Quote(own=True, ids=(request,)))


@skipping
async def test_a_gap_is_filled_in_three_taps_and_the_next_asker_is_answered() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        card = await shown(worker)
        told = notices(worker)[card][-1]
        assert "3 人问了 3 次" in told
        taps = [await worker.click("ask", words="补充答案", turn_id=card, user=CURATOR)]
        gap = gap_id(VPN[0])
        request = turn_id_of("handbook", f"gap_request {gap} {card} {CURATOR}")
        await worker.answer(reply_to("在 IT 门户申请。", 10, CURATOR, request))
        review = turn_id_of("handbook", f"draft_review gap-{gap} 1 {CURATOR}")
        taps.append(await worker.click("ask", words="发布", turn_id=review, user=CURATOR))
        before = len(worker.backend.asked)
        worker.skipped_ms = 30_000
        seen = await worker.answer(by(asked("vpn 怎么申请", 20), "user0009"))

    assert taps == ["asked", "published"]
    assert len(worker.backend.asked) == before
    assert seen.card is not None
    assert seen.card[-1].startswith("在 IT 门户申请。")
    # Who had asked is told, each once.
    for number in (1, 2, 3):
        assert sum("现在有答案了" in text for text in to(worker, f"user000{number}")) == 1


@skipping
async def test_those_who_asked_are_told_only_where_the_bot_is_set_so_and_only_while_they_may_ask() -> None:
    silent = gap_bot(gaps=GapSettings(cards=2))
    for bot, told in ((silent, 0), (gap_bot(), 3)):
        async with gap_worker(bot).started() as worker:
            await not_answered(worker)
            card = await shown(worker)
            await worker.click("ask", words="补充答案", turn_id=card, user=CURATOR)
            gap = gap_id(VPN[0])
            await worker.answer(
                reply_to("申请。", 10, CURATOR, turn_id_of("handbook", f"gap_request {gap} {card} {CURATOR}"))
            )
            review = turn_id_of("handbook", f"draft_review gap-{gap} 1 {CURATOR}")
            await worker.click("ask", words="发布", turn_id=review, user=CURATOR)
            said = [text for number in (1, 2, 3) for text in to(worker, f"user000{number}")]
            assert sum("现在有答案了" in text for text in said) == told


async def published_on_the_console(worker: Worker, answer: str = "在 IT 门户申请。") -> None:
    """What the console writes when a curator publishes the first version."""
    rows: Any = worker.rows
    curated = CuratedRows(rows)
    curating = Curating(curated, nothing_recorded)
    gaps = await GapBook(curated, Questions(rows), nothing_recorded).open(
        "handbook", worker.settings, worker.now_ms
    )
    skill = Skill(id="vpn", triggers=Triggers(questions=(VPN[0],)), answer=answer)
    by_curator = By(CURATOR, worker.now_ms, "console")
    await curating.draft(
        "handbook", skill, by_curator, routes=("everyone",), gap=gaps[0].id, turns=gaps[0].turns
    )
    await curating.publish("handbook", "vpn", 1, by_curator)
    await curated.tell_later("handbook", "vpn", 1, at_ms=worker.now_ms)


async def nothing_recorded(_: object) -> None:
    """No audit."""


def notes(worker: Worker) -> list[list[str]]:
    """What each of the three who asked was told of the answer."""
    return [
        [text for text in to(worker, f"user000{number}") if "现在有答案了" in text] for number in (1, 2, 3)
    ]


def untold(worker: Worker) -> list[Any]:
    return [key for key in worker.rows.tables["curated"] if key[0] == "handbook/untold"]


@skipping
async def test_who_asked_what_the_console_publishes_is_told_by_housekeeping_and_once() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        await published_on_the_console(worker)
        for _ in range(2):
            await worker.dispatcher.clean_up(worker.invocation(1_200))

    assert [len(told) for told in notes(worker)] == [1, 1, 1]
    assert "在 IT 门户申请。" in notes(worker)[0][0]
    assert untold(worker) == []


@skipping
async def test_what_was_withdrawn_meanwhile_is_announced_to_no_one() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        await published_on_the_console(worker)
        rows: Any = worker.rows
        curating = Curating(CuratedRows(rows), nothing_recorded)
        await curating.withdraw("handbook", "vpn", By(CURATOR, worker.now_ms + 1, "console"))
        await worker.dispatcher.clean_up(worker.invocation(1_200))

    assert notes(worker) == [[], [], []]
    assert untold(worker) == []


@skipping
async def test_askers_that_dingtalk_does_not_take_a_message_to_are_told_in_the_next_round_for_a_day() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        await published_on_the_console(worker)
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (500, {"code": "500"})
        await worker.dispatcher.clean_up(worker.invocation(1_200))
        assert "WARNING askers_not_told" in worker.log
        assert untold(worker)
        worker.dingtalk.answers.clear()
        worker.dingtalk.bodies.clear()
        worker.skipped_ms += 600_000
        await worker.dispatcher.clean_up(worker.invocation(1_200))

    assert [len(told) for told in notes(worker)] == [1, 1, 1]
    assert untold(worker) == []


def routed_bot(*denied: str) -> Any:
    base = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")
    return gap_bot(
        backend=None,
        backends={"general": base, "it": base},
        routes=(
            Route(name="it", use="it", when=When(users=("user0001", "user0002", "user0003"))),
            Route(name="everyone", use="general"),
        ),
        access=(AccessRule(name="no", deny=Subjects(users=denied)),) if denied else (),
    )


@skipping
async def test_an_answer_is_for_the_route_of_the_gap_and_is_told_to_no_one_without_that_right() -> None:
    worker = gap_worker(routed_bot())
    async with worker.started():
        for backend in worker.others.values():
            backend.parts = worker.backend.parts
        worker.others.setdefault("it", type(worker.backend)(worker.backend.parts))
        await not_answered(worker)
        card = await shown(worker)
        await worker.click("ask", words="补充答案", turn_id=card, user=CURATOR)
        gap = gap_id(VPN[0])
        await worker.answer(
            reply_to("IT 专用。", 10, CURATOR, turn_id_of("handbook", f"gap_request {gap} {card} {CURATOR}"))
        )
        # One of them loses the right meanwhile.
        worker.bots["handbook"] = worker.settings = routed_bot("user0002")
    later = Worker(routed_bot("user0002"), rows=worker.rows, dingtalk=worker.dingtalk)
    later.people = FakePeople()
    async with later.started():
        review = turn_id_of("handbook", f"draft_review gap-{gap} 1 {CURATOR}")
        await later.click("ask", words="发布", turn_id=review, user=CURATOR)
        later.backend.parts = [Text("一般的回答。")]
        later.skipped_ms = 30_000
        other = await later.answer(by(asked("vpn 怎么申请", 20), "user0009"))

    assert other.card == ["一般的回答。"]
    assert any("现在有答案了" in text for text in to(worker, "user0001"))
    assert not any("现在有答案了" in text for text in to(worker, "user0002"))


@skipping
async def test_an_answer_holds_for_both_arms_of_a_canary() -> None:
    base = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")
    bot = gap_bot(
        backend=None,
        backends={"general": base, "next": base},
        routes=(
            Route(name="new", use="next", when=When(users=("user0003",)), experiment="new"),
            Route(name="everyone", use="general"),
        ),
    )
    async with gap_worker(bot).started() as worker:
        worker.others["next"] = type(worker.backend)(worker.backend.parts)
        await not_answered(worker)
        card = await shown(worker)
        await worker.click("ask", words="补充答案", turn_id=card, user=CURATOR)
        gap = gap_id(VPN[0])
        request = turn_id_of("handbook", f"gap_request {gap} {card} {CURATOR}")
        await worker.answer(reply_to("在门户申请。", 10, CURATOR, request))
        review = turn_id_of("handbook", f"draft_review gap-{gap} 1 {CURATOR}")
        await worker.click("ask", words="发布", turn_id=review, user=CURATOR)
        for number, user in enumerate(("user0003", "user0009"), start=20):
            seen = await worker.answer(by(asked("vpn 怎么申请", number), user))
            assert seen.card is not None
            assert seen.card[-1].startswith("在门户申请。")

    assert any("现在有答案了" in text for text in to(worker, "user0003"))


@skipping
async def test_an_ignored_gap_is_shown_no_more_nor_one_that_is_like_it() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        card = await shown(worker)
        assert await worker.click("ask", words="忽略", turn_id=card, user=CURATOR) == "ignored"
        assert "hr01 已忽略" in notices(worker)[card][-1]
        for number in (4, 5, 6):
            await worker.answer(by(asked("怎么申请VPN", 30 + number), f"user001{number}"))
        seen = await worker.answer(by(asked("/gaps", 50), CURATOR))

    assert any("没有需要处理的缺口" in text for text in (*seen.messages, *to(worker, CURATOR)))
    assert len(notices(worker)) == 1


@skipping
async def test_a_gap_is_passed_on_to_the_expert_whose_answer_the_curators_review() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        card = await shown(worker)
        await worker.click("ask", words="转给专家", turn_id=card, user=CURATOR)
        gap = gap_id(VPN[0])
        (request,) = to(worker, EXPERT)
        assert "请为这个问题写一个答案" in request
        await worker.answer(
            reply_to("在门户申请。", 10, EXPERT, turn_id_of("handbook", f"gap_request {gap} {card} {EXPERT}"))
        )
        review = turn_id_of("handbook", f"draft_review gap-{gap} 1 {CURATOR}")
        assert "在门户申请" in worker.dingtalk.cards[review]["texts"][-1]


@skipping
async def test_only_a_curator_deals_with_gaps_and_a_refusal_is_in_the_audit() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        refused = await worker.answer(by(asked("/gaps", 8), "user0001"))
        card = await shown(worker)
        result = await worker.click("ask", words="忽略", turn_id=card, user="user0001")

    assert result == "not_a_curator"
    assert any("只有知识管理员" in text for text in (*refused.messages, *to(worker, "user0001")))
    results = [row["result"] for row in worker.rows.tables["audit"].values() if "act" in row]
    assert results.count("refused") == 2


@skipping
async def test_the_report_s_hour_shows_the_gaps_once_a_day() -> None:
    async with gap_worker().started() as worker:
        await not_answered(worker)
        # Half past nine in China; NOW_MS is 15:20.
        worker.skipped_ms = 18 * 3_600_000 + 600_000
        await worker.dispatcher.clean_up(worker.invocation(1_200))
        await worker.dispatcher.clean_up(worker.invocation(1_200))
        assert len(notices(worker)) == 1
        worker.skipped_ms += 10 * 3_600_000
        await worker.dispatcher.clean_up(worker.invocation(1_200))

    assert len([one for one in notices(worker).values() if "文档缺口" in one[0]]) == 1


def event(number: int, text: str, asker: str, **more: Any) -> QuestionEvent:
    fields: dict[str, Any] = {
        "turn_id": f"t{number}",
        "bot": "handbook",
        "asked_ms": NOW_MS + number,
        "asker": asker,
        "question": text,
        "outcome": "nothing_found",
        **more,
    }
    return QuestionEvent(**fields)


def test_what_was_passed_on_is_a_gap_and_what_a_skill_said_is_none() -> None:
    passed = [
        event(one, "停车证怎么办", f"u{one}", outcome="knowledge_desk", expert="asked") for one in range(3)
    ]
    by_skill = [
        event(9 + one, "年假余额", f"u{one}", outcome="answered", citations=0, skill="leave@1")
        for one in range(3)
    ]
    assert [gap.question for gap in open_gaps([*passed, *by_skill], {}, NOW_MS)] == ["停车证怎么办"]


@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.integers(0, 5), st.sampled_from(["", "it", "hr"])), max_size=12
    )
)
def test_a_gap_s_turns_are_all_of_one_route(rows: list[tuple[str, int, str]]) -> None:
    events = [event(number, text, f"u{who}", route=route) for number, (text, who, route) in enumerate(rows)]
    by_turn = {one.turn_id: one for one in events}
    for gap in open_gaps(events, {}, NOW_MS):
        assert {by_turn[turn].route for turn in gap.turns} == {gap.route}
        assert gap.wordings
