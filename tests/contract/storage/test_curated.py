"""Curated answers over the real SDK: versions, what lives, and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from rag_on_dingtalk.cli import main
from rag_on_dingtalk.errors import ConfigurationError, StateError
from rag_on_dingtalk.knowledge.curated.curating import By, Curating
from rag_on_dingtalk.knowledge.curated.living import LivingAnswers
from rag_on_dingtalk.knowledge.skills.skill import Call, Skill, Step, Triggers
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.tables import AUDIT, CURATED
from tests.contract.storage.store import INSTANCE, KEY, tablestore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag_on_dingtalk.observability.events import Act

ROUTES = ("everyone",)


@pytest_asyncio.fixture
async def store() -> AsyncIterator[str]:
    async with tablestore(tables=[CURATED, AUDIT]) as url:
        yield url


@pytest_asyncio.fixture
async def rows(store: str) -> AsyncIterator[Rows]:
    opened = Rows(endpoint=store, instance=INSTANCE, credentials=lambda: KEY)
    yield opened
    await opened.close()


def an_answer(text: str = "每月 200 元。", **more: Any) -> Skill:
    return Skill(id="parking", triggers=Triggers(questions=("停车怎么收费",)), answer=text, **more)


def desk(rows: Rows) -> tuple[Curating, list[Act]]:
    acts: list[Act] = []

    async def record(act: Act) -> None:
        acts.append(act)

    return Curating(CuratedRows(rows), record), acts


def by(at_ms: int, who: str = "hr01") -> By:
    return By(who, at_ms)


async def living(rows: Rows) -> list[tuple[int, int | None, str, str]]:
    known = LivingAnswers(CuratedRows(rows), clock=lambda: 0, log=lambda *_, **__: None)
    return [
        (one.skill.version, one.skill.percent, one.skill.answer, one.skill.approved_by)
        for one in await known.of("handbook")
    ]


async def test_a_draft_answers_nothing_until_it_is_published(rows: Rows) -> None:
    curating, _ = desk(rows)
    number = await curating.draft("handbook", an_answer(), by(1), routes=ROUTES)
    assert await living(rows) == []
    await curating.publish("handbook", "parking", number, by(2, "hr02"))
    assert await living(rows) == [(1, None, "每月 200 元。", "hr02")]
    assert await curating.entry("other", "parking") is None


async def test_two_versions_live_and_a_roll_back_ends_the_trial_and_then_the_version(rows: Rows) -> None:
    curating, acts = desk(rows)
    for number, text in enumerate(("一百。", "二百。", "三百。"), start=1):
        assert await curating.draft("handbook", an_answer(text), by(number), routes=ROUTES) == number
    await curating.publish("handbook", "parking", 1, by(10))
    await curating.publish("handbook", "parking", 2, by(11))
    await curating.publish("handbook", "parking", 3, by(12), percent=10)
    assert [one[:3] for one in await living(rows)] == [(2, None, "二百。"), (3, 10, "三百。")]
    await curating.roll_back("handbook", "parking", by(13))
    assert [one[0] for one in await living(rows)] == [2]
    await curating.roll_back("handbook", "parking", by(14))
    assert [one[0] for one in await living(rows)] == [1]
    with pytest.raises(ConfigurationError, match="no version before"):
        await curating.roll_back("handbook", "parking", by(15))
    await curating.withdraw("handbook", "parking", by(16))
    assert await living(rows) == []
    assert [act.detail for act in acts][-3:] == ["rolled back", "rolled back", "withdrawn"]


async def test_the_same_act_again_changes_nothing(rows: Rows) -> None:
    curating, _ = desk(rows)
    for _ in range(2):
        assert await curating.draft("handbook", an_answer(), by(1), routes=ROUTES) == 1
    await curating.draft("handbook", an_answer("二百。"), by(2), routes=ROUTES)
    for number in (1, 2):
        await curating.publish("handbook", "parking", number, by(10 + number))
    for _ in range(2):
        # Whether the first answer was lost is not known.
        await curating.roll_back("handbook", "parking", by(20))
    assert [one[0] for one in await living(rows)] == [1]


async def test_two_who_publish_at_once_are_both_recorded_and_one_is_last(rows: Rows) -> None:
    import asyncio

    curating, acts = desk(rows)
    for number in (1, 2):
        await curating.draft("handbook", an_answer(f"{number}。"), by(number), routes=ROUTES)
    await asyncio.gather(
        *(curating.publish("handbook", "parking", number, by(10 + number)) for number in (1, 2))
    )
    (only,) = await living(rows)
    assert only[0] in (1, 2)
    assert sorted(act.detail for act in acts)[-2:] == ["published 1", "published 2"]


@pytest.mark.parametrize(
    "wrong",
    [
        an_answer("x", call=Call(url="https://a.example/")),
        an_answer("x", steps=(Step(name="a", ask="b"),)),
        an_answer("x", routes=("finance",)),
        an_answer(" "),
    ],
)
async def test_what_people_write_calls_nothing_and_names_the_bot_s_routes(rows: Rows, wrong: Skill) -> None:
    curating, _ = desk(rows)
    with pytest.raises(ConfigurationError):
        await curating.draft("handbook", wrong, by(1), routes=ROUTES)
    assert await curating.entries("handbook") == []


async def test_an_answer_that_was_changed_after_it_was_read_is_read_again(rows: Rows) -> None:
    curating, _ = desk(rows)
    await curating.draft("handbook", an_answer(), by(1), routes=ROUTES)
    now = [0]
    known = LivingAnswers(CuratedRows(rows), clock=lambda: now[0], log=lambda *_, **__: None)
    assert await known.of("handbook") == ()
    await curating.publish("handbook", "parking", 1, by(2))
    assert await known.of("handbook") == ()
    now[0] = 30_000
    assert len(await known.of("handbook")) == 1


async def test_a_number_that_could_not_be_raised_is_told_to_the_caller(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    curating, _ = desk(rows)
    await curating.draft("handbook", an_answer(), by(1), routes=ROUTES)

    async def fails(*_: object) -> None:
        raise StateError("OTSServerBusy", "busy")

    with monkeypatch.context() as patched:
        patched.setattr(CuratedRows, "changed", fails)
        with pytest.raises(StateError):
            await curating.publish("handbook", "parking", 1, by(2))
    await curating.publish("handbook", "parking", 1, by(2))
    assert await CuratedRows(rows).stamp("handbook") == 1


async def test_the_command_line_lists_shows_publishes_and_rolls_back_and_is_in_the_audit(
    rows: Rows, store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    for name, value in {
        "TABLESTORE_ENDPOINT": store,
        "TABLESTORE_INSTANCE": INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY[0],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY[1],
    }.items():
        monkeypatch.setenv(name, value)
    curating, _ = desk(rows)
    for number, text in enumerate(("一百。", "二百。"), start=1):
        await curating.draft("handbook", an_answer(text), by(number), routes=ROUTES)

    async def run(*arguments: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["curated", *arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    of = ("--bot", "handbook", "parking")
    assert await run("list", "--bot", "handbook") == (0, "parking: none lives, newest 2. 停车怎么收费\n")
    assert (await run("publish", *of, "--version", "1"))[0] == 0
    assert "version 2 lives" in (await run("publish", *of))[1]
    _, shown = await run("show", *of)
    assert "一百。" in shown
    assert f"approved by {KEY[0]}" in shown
    assert "version 1 lives" in (await run("rollback", *of))[1]
    assert await living(rows) == [(1, None, "一百。", KEY[0])]
    status, said = await run("show", "--bot", "handbook", "nothing")
    assert status == 1
    assert "no curated answer nothing" in said
    recorded = [row async for _, row in rows.scan(AUDIT, page=100) if "act" in row]
    assert [(row["act"], row["source"]) for row in recorded] == [("answer.curated", "command line")] * 3
