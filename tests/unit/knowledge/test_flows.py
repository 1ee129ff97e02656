"""Skills that ask back: one person's way through them, in the whole worker in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.knowledge.skills.calling import CallFailedError
from tests.skipping_loop import skipping
from tests.unit.knowledge.test_checking import LEAVE, ROOM, changed
from tests.unit.knowledge.world import PARKING, asked, by, skill_bot, skill_worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.in_process import Seen, Worker


class FakeApis:
    """The company's API: remembers its calls; one key is one order."""

    def __init__(self, error: CallFailedError | None = None) -> None:
        self.calls: list[tuple[dict[str, str], str]] = []
        self.error = error

    async def call(self, _call: object, values: Mapping[str, str], *, key: str) -> dict[str, str]:
        self.calls.append((dict(values), key))
        if self.error is not None:
            raise self.error
        return {"days": "5", "number": "B7"}

    @property
    def orders(self) -> set[str]:
        """As many as the company would carry out."""
        return {key for _, key in self.calls}


BOOKED: dict[str, Any] = {
    **ROOM,
    "call": {
        "url": "http://127.0.0.1:1/rooms",
        "method": "POST",
        "body": {"room": "{room}", "day": "{day}", "user": "{user}"},
        "results": {"number": "id"},
    },
    "answer": "已订 {day} 的{room}（{number}）。",
}


def worker_with(*documents: dict[str, Any], apis: FakeApis | None = None, **more: Any) -> Worker:
    worker = skill_worker(*documents, **more)
    worker.apis = apis or FakeApis()  # type: ignore[assignment]  # the same method
    return worker


def last(seen: Seen) -> str:
    """What the person read last of it."""
    return seen.card[-1] if seen.card else seen.messages[-1]


def choices(seen: Seen) -> tuple[str, ...]:
    assert seen.row is not None
    return seen.row.outcome.suggestions


@skipping
async def test_a_room_is_booked_by_answering_what_is_asked() -> None:
    apis = FakeApis()
    async with worker_with(BOOKED, apis=apis).started() as worker:
        first = await worker.answer(asked("帮我订会议室", 1))
        second = await worker.answer(asked("明天", 2))
        third = await worker.answer(asked("上海", 3))
        assert not apis.calls
        done = await worker.answer(asked("确认", 4))

    assert last(first).startswith("哪天？")
    assert "/stop" in last(first)
    assert last(second).startswith("2026-11-18 哪间？\n\n1. 北京\n2. 上海")
    assert choices(second) == ("北京", "上海")
    assert choices(third) == ("确认", "取消")
    assert last(done) == "已订 2026-11-18 的上海（B7）。"
    ((values, key),) = apis.calls
    assert (values["user"], values["day"], values["room"]) == ("user0001", "2026-11-18", "上海")
    assert key == asked("", 1).turn_id
    assert worker.backend.asked == []


@skipping
async def test_what_the_message_names_already_is_not_asked_again() -> None:
    async with worker_with(BOOKED).started() as worker:
        seen = await worker.answer(asked("订会议室，后天，北京那间"))

    assert choices(seen) == ("确认", "取消")
    assert last(seen).startswith("2026-11-19 北京？")


@skipping
async def test_a_choice_is_tapped_and_the_tap_belongs_to_its_card() -> None:
    async with worker_with(BOOKED).started() as worker:
        await worker.answer(asked("订会议室", 1))
        await worker.answer(asked("明天", 2))
        await worker.click("ask", words="北京", turn_id=asked("", 2).turn_id)
        rows = worker.rows.tables["turns"].values()
        (confirm,) = (row for row in rows if "确认" in str(row["suggestions"]))
        # The card before is out of date: its other choice changes nothing.
        await worker.click("ask", words="上海", turn_id=asked("", 2).turn_id)
        await worker.click("ask", words="确认", turn_id=str(confirm["out_track_id"]))

    said = [text for card in worker.dingtalk.cards.values() for text in card["texts"]]
    assert any("已订 2026-11-18 的北京" in text for text in said)
    assert any("已经过期" in text for text in worker.dingtalk.messages)
    assert not any("的上海" in text for text in said)


@skipping
async def test_another_member_of_the_group_cannot_tap_a_choice() -> None:
    async with worker_with(BOOKED).started() as worker:
        await worker.answer(asked("订会议室", 1, group=True))
        await worker.answer(asked("明天", 2, group=True))
        result = await worker.click("ask", words="北京", turn_id=asked("", 2).turn_id, user="user0009")

    assert result == "nothing_to_ask"
    assert worker.backend.asked == []


@skipping
async def test_each_person_of_a_group_is_in_a_flow_of_their_own() -> None:
    async with worker_with(BOOKED, PARKING).started() as worker:
        worker.backend.parts = [Text("明天是周三。")]
        await worker.answer(asked("订会议室", 1, group=True))
        other = by(asked("明天", 2, group=True), "user0009")
        await worker.answer(other)
        seen = await worker.answer(asked("明天", 3, group=True))

    assert [ask.text for ask in worker.backend.asked] == ["明天"]
    assert choices(seen) == ("北京", "上海")


@pytest.mark.parametrize("word", ["/stop", "取消", "退出"])
def test_a_flow_is_left_at_any_time(word: str) -> None:
    @skipping
    async def scenario() -> None:
        apis = FakeApis()
        async with worker_with(BOOKED, apis=apis).started() as worker:
            worker.backend.parts = [Text("明天是周三。")]
            await worker.answer(asked("订会议室 明天 北京", 1))
            left = await worker.answer(asked(word, 2))
            await worker.answer(asked("确认", 3))
        assert any("已退出" in text for text in left.messages)
        assert apis.calls == []
        assert len(worker.backend.asked) == 1

    scenario()


@skipping
async def test_a_new_session_ends_a_flow_and_so_does_a_long_silence() -> None:
    async with worker_with(BOOKED).started() as worker:
        worker.backend.parts = [Text("？")]
        await worker.answer(asked("订会议室", 1))
        await worker.answer(asked("/new", 2))
        await worker.answer(asked("明天", 3))
        assert len(worker.backend.asked) == 1
        await worker.answer(asked("订会议室", 4))
        worker.skipped_ms = 121 * 60_000
        await worker.answer(asked("明天", 5))

    assert len(worker.backend.asked) == 2


@skipping
async def test_a_value_that_does_not_fit_is_asked_for_again_with_what_is_expected() -> None:
    async with worker_with(BOOKED).started() as worker:
        await worker.answer(asked("订会议室", 1))
        wrong = [await worker.answer(asked(text, 2 + at)) for at, text in enumerate(("昨天", "很快", "明年"))]
        right = await worker.answer(asked("2026-11-20", 9))

    assert all("日期" in last(seen) and "哪天？" in last(seen) for seen in wrong)
    assert choices(right) == ("北京", "上海")


@skipping
async def test_a_message_that_comes_twice_is_taken_in_once() -> None:
    apis = FakeApis()
    async with worker_with(BOOKED, apis=apis).started() as worker:
        await worker.answer(asked("订会议室", 1))
        question = asked("明天", 2)
        first = await worker.answer(question)
        # The invocation died before it recorded its reply: the row of the turn is as it was before.
        del worker.rows.tables["turns"][question.turn_id,]
        again_worker = worker_with(BOOKED, apis=apis, rows=worker.rows, dingtalk=worker.dingtalk)
        async with again_worker.started() as other:
            again = await other.answer(question)

    assert choices(again) == choices(first) == ("北京", "上海")


@skipping
async def test_a_retry_that_comes_after_the_next_message_is_not_taken_for_its_answer() -> None:
    async with worker_with(BOOKED).started() as worker:
        first = asked("订会议室", 1)
        before = await worker.answer(first)
        await worker.answer(asked("明天", 2))
        # The first invocation died before it recorded its reply, and its retry comes now.
        del worker.rows.tables["turns"][first.turn_id,]
        other = worker_with(BOOKED, rows=worker.rows, dingtalk=worker.dingtalk)
        async with other.started():
            again = await other.answer(first)
            seen = await other.answer(asked("上海", 3))

    assert last(again) == last(before)
    assert last(seen).startswith("2026-11-18 上海？")


@skipping
async def test_an_order_is_one_order_however_often_it_is_tried() -> None:
    apis = FakeApis()
    async with worker_with(BOOKED, apis=apis).started() as worker:
        await worker.answer(asked("订会议室 明天 北京", 1))
        # The flow cannot be saved: the person is told of the order, and confirming again is the same one.
        worker.rows.missing = {"sessions"}
        await worker.answer(asked("确认", 2))
        worker.rows.missing = set()
        await worker.answer(asked("订会议室 明天 北京", 3))
        await worker.answer(asked("确认", 4))

    assert len(apis.orders) <= 2
    assert {key for _, key in apis.calls} <= {asked("", 1).turn_id, asked("", 3).turn_id}


@skipping
async def test_an_api_that_fails_is_told_in_words_without_its_own() -> None:
    apis = FakeApis(CallFailedError("The API answered with HTTP status 500. secret-key-123"))
    async with worker_with(changed(LEAVE, "answer", "还剩 {days} 天。"), apis=apis).started() as worker:
        seen = await worker.answer(asked("/leave"))
        assert "没有响应" in last(seen)
        assert "secret" not in last(seen)
        apis.error = CallFailedError("HTTP status 404", said="没有你的记录。")
        refused = await worker.answer(asked("/leave", 2))

    assert last(refused) == "没有你的记录。"
    assert seen.row is not None
    assert seen.row.outcome.failure == "upstream"


@skipping
async def test_a_person_without_a_staff_id_calls_nothing() -> None:
    apis = FakeApis()
    async with worker_with(LEAVE, apis=apis).started() as worker:
        seen = await worker.answer(by(asked("/leave"), ""))

    assert apis.calls == []
    assert "组织内" in last(seen)


@skipping
async def test_a_flow_whose_skill_is_gone_or_not_for_the_person_any_more_ends() -> None:
    rows_of = worker_with(BOOKED)
    async with rows_of.started() as worker:
        await worker.answer(asked("订会议室", 1))
    narrowed = {**BOOKED, "when": {"users": ["boss01"]}}
    async with worker_with(narrowed, rows=rows_of.rows, dingtalk=rows_of.dingtalk).started() as worker:
        seen = await worker.answer(asked("明天", 2))

    assert any("重新开始" in text for text in seen.messages)


@skipping
async def test_without_buttons_every_choice_can_be_typed() -> None:
    bot = skill_bot(dingtalk=skill_bot().dingtalk.__class__(client_id="ding1", client_secret="env:SECRET"))
    async with worker_with(BOOKED, bot=bot).started() as worker:
        await worker.answer(asked("订会议室 明天", 1))
        await worker.answer(asked("２", 2))
        done = await worker.answer(asked("确认", 3))

    assert choices(done) == ()
    assert last(done).startswith("已订 2026-11-18 的上海")
