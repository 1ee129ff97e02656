"""An answer that was given a moment ago is given again: to whom, when, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.base import NothingFound, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.question import Attachment, Mention, Quote
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.answer_cache import AnswerCache
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.limits import Limit
from tests.builders import a_bot
from tests.skipping_loop import skipping
from tests.unit.knowledge.asking import (
    ANSWER,
    WITH_CARDS,
    asked_by,
    cache_of,
    caching_bot,
    caching_worker,
    counts_of,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from tests.in_process import Worker

CREATE = "POST /v1.0/card/instances/createAndDeliver"
BY_BUTTON = "刚刚的回答 · 点「重新查询」可以再查一次"
BY_HAND = "刚刚的回答 · 再发一次这个问题，就会重新查询"


def card_calls(worker: Worker) -> list[str]:
    return [call for call in worker.dingtalk.calls if "/card/" in call]


def parameters_of(worker: Worker, turn_id: str) -> dict[str, str]:
    """What the question's card was created with."""
    bodies = [body for path, body in worker.dingtalk.bodies if path.endswith("/createAndDeliver")]
    found: dict[str, str] = next(
        body["cardData"]["cardParamMap"] for body in bodies if body["outTrackId"] == turn_id
    )
    return found


@skipping
async def test_the_second_person_gets_the_answer_of_the_first_without_the_backend() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        seen = await worker.answer(asked_by(2))

    assert len(worker.backend.asked) == 1
    assert seen.card == [f"{ANSWER}\n\n> {BY_BUTTON}"]
    assert seen.finished
    assert (cache_of(worker, asked_by(1)), cache_of(worker, asked_by(2))) == ("miss", "hit")
    assert counts_of(worker) == {"cache_miss": 1, "cache_hit": 1}
    assert seen.row is not None
    assert seen.row.outcome.answer == ANSWER


@skipping
async def test_a_hit_is_one_call_to_dingtalk_where_the_shortest_answer_takes_two() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        before = len(card_calls(worker))
        await worker.answer(asked_by(2))

    assert (before, card_calls(worker)[before:]) == (2, [CREATE])
    assert parameters_of(worker, asked_by(2).turn_id)["fresh"] == "true"


@skipping
async def test_a_longer_answer_is_written_on_its_card_afterwards() -> None:
    async with caching_worker().started() as worker:
        worker.backend.parts = [Text("很长。" * 200)]
        await worker.answer(asked_by(1))
        before = len(card_calls(worker))
        seen = await worker.answer(asked_by(2))

    assert card_calls(worker)[before:] == [CREATE, "PUT /v1.0/card/streaming"]
    assert seen.finished
    assert parameters_of(worker, asked_by(2).turn_id)["content"] == ""


@pytest.mark.parametrize("bot", [caching_bot(dingtalk=a_bot().dingtalk), caching_bot(dingtalk=WITH_CARDS)])
@skipping
async def test_without_buttons_the_person_is_told_to_ask_once_more_and_that_works(bot: Bot) -> None:
    async with caching_worker(bot).started() as worker:
        await worker.answer(asked_by(1))
        seen = await worker.answer(asked_by(2))
        await worker.answer(asked_by(2, number=2))

    assert (seen.card or seen.messages)[-1] == f"{ANSWER}\n\n> {BY_HAND}"
    assert len(worker.backend.asked) == 2


@skipping
async def test_a_card_that_dingtalk_refuses_becomes_one_message() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (
            403,
            {"code": "no", "message": ""},
        )
        seen = await worker.answer(asked_by(2))

    assert seen.messages == [f"{ANSWER}\n\n> {BY_HAND}"]


@skipping
async def test_the_age_of_the_answer_is_told_and_after_five_minutes_it_is_asked_anew() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        worker.skipped_ms = 179_000
        seen = await worker.answer(asked_by(2))
        worker.skipped_ms = 301_000
        await worker.answer(asked_by(3))

    assert seen.card is not None
    assert seen.card[-1].endswith("> 2 分钟前的回答 · 点「重新查询」可以再查一次")
    assert len(worker.backend.asked) == 2


@skipping
async def test_an_answer_is_no_shared_one_where_the_bot_is_not_set_so() -> None:
    async with caching_worker(caching_bot(answer_cache=None)).started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))

    assert len(worker.backend.asked) == 2
    assert not any("answers" in call for call in worker.rows.calls)


@skipping
async def test_a_follow_up_is_asked_with_what_was_given_from_the_cache() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))
        await worker.answer(asked_by(3, "病假呢？"))
        await worker.answer(asked_by(2, "病假呢？", number=2))

    *_, last = worker.backend.asked
    assert last.text == f"> （之前的提问）年假有几天？\n> （当时的回答）{ANSWER}\n\n病假呢？"
    assert len(worker.backend.asked) == 3


@skipping
async def test_a_backend_that_is_given_the_history_is_told_it_once() -> None:
    from rag_on_dingtalk.settings.sections.backends import OpenAICompatible

    backend = OpenAICompatible(base_url="https://kb.example/v1", api_key="env:KEY", model="m", history=4)
    async with caching_worker(caching_bot(backend=backend)).started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))
        await worker.answer(asked_by(2, "病假呢？", number=2))

    last = worker.backend.asked[-1]
    assert last.text == "病假呢？"
    assert [(one.question, one.answer) for one in last.history] == [("年假有几天？", ANSWER)]


@skipping
async def test_what_follows_an_unfinished_question_of_its_asker_is_no_question_by_itself() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1, "病假呢？"))
        # Another instance answers the person's first question.
        key = asked_by(2).conversation.id
        entry = {"lease_until": worker.now_ms + 30_000, "running": True, "stop": False, "followed": False}
        from rag_on_dingtalk.storage.conversations.sessions import session_id_of

        session = session_id_of(asked_by(2), shared=False)
        worker.rows.tables.setdefault("inbox", {})[(session, 1, "t-first")] = entry  # type: ignore[assignment]
        await worker.answer(asked_by(2, "病假呢？"))

    assert key
    assert len(worker.backend.asked) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"text": "我的年假有几天？"},
        {"text": "How many days do I have?"},
        {"text": "10² 是多少？"},
        {"attachments": (Attachment("picture", "c"),)},
        {"quote": Quote(text="这条")},
        {"mentions": (Mention("@user0009", "user0009", "王芳"),)},
        {"repeats": "t" + "9" * 31},
    ],
    ids=["pronoun", "pronoun-en", "superscript", "picture", "quote", "mention", "repeats"],
)
@skipping
async def test_what_says_not_all_by_its_words_is_never_shared(more: dict[str, Any]) -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1, **more))
        await worker.answer(asked_by(2, **more))

    assert not any("answers" in call for call in worker.rows.calls)


@pytest.mark.parametrize(
    "parts",
    [
        [BackendError(FailureKind.UPSTREAM, "503")] * 3,
        [Text("一半"), BackendError(FailureKind.INTERRUPTED, "gone")],
        [Text("一半"), BackendError(FailureKind.CUT_SHORT, "length")],
        [NothingFound(), Text("没有找到。")],
        [Text("")],
    ],
    ids=["failed", "broke off", "cut short", "nothing found", "empty"],
)
@skipping
async def test_what_is_no_whole_answer_is_not_kept(parts: list[Any]) -> None:
    async with caching_worker().started() as worker:
        worker.backend.parts = parts
        await worker.answer(asked_by(1))
        worker.backend.parts = [Text(ANSWER)]
        await worker.answer(asked_by(2))

    assert cache_of(worker, asked_by(2)) == "miss"
    assert len(worker.backend.asked) >= 2


@skipping
async def test_a_disliked_answer_is_given_no_more_not_even_by_an_instance_that_knows_it() -> None:
    async with caching_worker().started() as one, caching_worker(beside=one).started() as other:
        await one.answer(asked_by(1))
        await other.answer(asked_by(2))
        assert len(other.backend.asked) == 0
        await one.click("dislike", turn_id=asked_by(1).turn_id, words="内容过时")
        await other.answer(asked_by(3))

    assert len(other.backend.asked) == 1


@skipping
async def test_who_dislikes_a_given_answer_drops_that_one_and_no_later_one() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))
        await worker.click("dislike", turn_id=asked_by(2).turn_id, user="user0002")
        await worker.answer(asked_by(3))
        await worker.click("dislike", turn_id=asked_by(2).turn_id, user="user0009")
        await worker.answer(asked_by(4))

    assert [cache_of(worker, asked_by(one)) for one in (1, 2, 3, 4)] == ["miss", "hit", "miss", "hit"]


@skipping
async def test_who_taps_anew_is_answered_by_the_backend_and_so_is_the_next() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))
        await worker.click("retry", turn_id=asked_by(2).turn_id, user="user0002")
        assert len(worker.backend.asked) == 2
        assert worker.backend.asked[-1].text == "年假有几天？"
        await worker.answer(asked_by(3))

    assert len(worker.backend.asked) == 3


@skipping
async def test_an_operator_clears_the_cache_and_others_do_not() -> None:
    bot = caching_bot(roles=RoleHolders(owner=("user0001",), operator=("user0002",)))
    async with caching_worker(bot).started() as worker, caching_worker(bot, beside=worker).started() as other:
        await worker.answer(asked_by(3))
        await other.answer(asked_by(4))
        refused = await worker.answer(asked_by(5, "/cache clear"))
        unclear = await worker.answer(asked_by(2, "/cache", number=1))
        await other.answer(asked_by(6))
        assert len(worker.backend.asked) + len(other.backend.asked) == 1
        done = await worker.answer(asked_by(2, "/缓存 清空", number=2))
        await other.answer(asked_by(7))

    assert refused.messages[-1].startswith("清空缓存是")
    assert unclear.messages[-1].startswith("要清空")
    assert done.messages[-1].startswith("好的，缓存的回答已清空")
    assert len(other.backend.asked) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"knowledge_epoch": "2026-12"},
        {"backend": AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="other")},
        {"reasoning": "shown"},
    ],
)
@skipping
async def test_an_answer_under_other_settings_is_another_one(changed: dict[str, Any]) -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
    async with caching_worker(caching_bot(**changed), beside=worker).started() as after:
        await after.answer(asked_by(2))

    assert len(after.backend.asked) == 1


@pytest.mark.parametrize(("counts", "left"), [(True, 2), (False, 1)])
@skipping
async def test_a_limit_counts_a_hit_as_the_bot_is_set(*, counts: bool, left: int) -> None:
    bot = caching_bot(
        answer_cache=AnswerCache(counts=counts), limits=(Limit(scope="bot", per="day", questions=9),)
    )
    async with caching_worker(bot).started() as worker:
        await worker.answer(asked_by(1))
        await worker.answer(asked_by(2))

    (counter,) = [row for key, row in worker.rows.tables["counters"].items() if "limit:" in str(key[0])]
    assert counter["n"] == left


@skipping
async def test_while_tablestore_is_away_the_backend_is_asked() -> None:
    async with caching_worker().started() as worker:
        await worker.answer(asked_by(1))
        worker.rows.away = True
        seen = await worker.answer(asked_by(2, asked_ms=worker.now_ms))

    assert len(worker.backend.asked) == 2
    assert (seen.card or seen.messages)[-1] == ANSWER


@skipping
async def test_a_deployment_without_the_table_answers_as_before() -> None:
    async with caching_worker().started() as worker:
        worker.rows.missing = {"answers"}
        seen = await worker.answer(asked_by(1))

    assert seen.card is not None
    assert seen.card[-1] == ANSWER
    assert "WARNING answers_not_read" in worker.log
