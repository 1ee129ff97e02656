"""Acts on their way into the audit."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.observability.audit.settings_diff import _FILTERS, _POLICY
from rag_on_dingtalk.observability.events import Act, QuestionEvent
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.access import RoleHolders
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.settings.sections.safety import AliyunModeration, SafetySettings
from rag_on_dingtalk.storage.journal.audit import Audit
from rag_on_dingtalk.storage.journal.auditor import REFUSED_OFTEN, Auditor
from rag_on_dingtalk.storage.journal.questions import Questions
from rag_on_dingtalk.storage.shared.once import Once
from rag_on_dingtalk.worker.operating.audit_watches import BehaviourWatch, SettingsWatch
from tests.builders import a_bot
from tests.in_process import MemoryRows

if TYPE_CHECKING:
    from rag_on_dingtalk.observability.log_lines import Level

#: 12:00 in China.
NOON = 1_795_924_800_000
HOUR = 3_600_000
GRANT = Act(act="grant.given", bot="handbook", who="hr01", what="user0001", at_ms=NOON, source="chat")
REFUSAL = Act(
    act="question.refused", bot="handbook", who="user0001", rule="deny 2", result="refused", at_ms=NOON
)


class AuditorSetup:
    """An auditor over a dictionary, and what it logs."""

    def __init__(self, rows: MemoryRows | None = None) -> None:
        self.rows = rows or MemoryRows()
        over: Any = self.rows
        self.log: list[str] = []
        self.audit = Audit(over)
        ids = count()
        me = id(self)
        self.auditor = Auditor(
            over, self.audit, Once(over), new_id=lambda: f"{me}-{next(ids)}", log=self._write
        )

    def _write(self, message: str, *, level: Level = "INFO", **_: str | int) -> None:
        self.log.append(f"{level} {message}")

    async def acts(self) -> list[str]:
        found = [one async for one in self.audit.between("handbook", "2026-11-01", "2026-12-31")]
        return [str(one.columns["act"]) for one in found]


async def test_an_act_is_in_the_table_and_in_the_log_and_the_chain_is_whole() -> None:
    setup = AuditorSetup()

    assert await setup.auditor.record(GRANT)
    assert await setup.auditor.record(msgspec.structs.replace(GRANT, act="cache.cleared"))

    assert await setup.acts() == ["grant.given", "cache.cleared"]
    assert setup.log == ["WARNING sensitive_act", "INFO act"]
    assert await setup.audit.verify("handbook", "2026-11-29", "2026-11-29") == (2, [])


async def test_hundreds_of_acts_at_once_in_one_process_cost_two_requests_each() -> None:
    setup = AuditorSetup()
    acts = [msgspec.structs.replace(GRANT, what=f"user{number:04d}") for number in range(300)]

    records = await asyncio.gather(
        *(setup.audit.append(act, id_=f"id{number}") for number, act in enumerate(acts))
    )
    written = len([call for call in setup.rows.calls if call.startswith("put")])

    assert sorted(record.number for record in records) == list(range(1, 301))
    assert written == 2 * 300
    assert await setup.audit.verify("handbook", "2026-11-01", "2026-12-31") == (300, [])


async def test_a_refusal_is_recorded_once_a_minute_over_all_instances() -> None:
    one = AuditorSetup()
    other = AuditorSetup(one.rows)

    for setup in (one, one, other):
        await setup.auditor.record(REFUSAL)
    await other.auditor.record(msgspec.structs.replace(REFUSAL, rule="limit day"))
    await one.auditor.record(msgspec.structs.replace(REFUSAL, at_ms=NOON + 60_000))

    assert len(await one.acts()) == 3


async def test_many_refusals_within_an_hour_are_told_once() -> None:
    setup = AuditorSetup()
    for minute in range(REFUSED_OFTEN + 5):
        await setup.auditor.record(msgspec.structs.replace(REFUSAL, at_ms=NOON + minute * 60_000))

    assert (await setup.acts()).count("refused.often") == 1
    assert setup.log.count("WARNING sensitive_act") == 1


async def test_the_first_sensitive_act_at_night_is_told_and_the_second_is_not() -> None:
    setup = AuditorSetup()
    await setup.auditor.record(GRANT)
    for night in (11, 12, 35):
        await setup.auditor.record(msgspec.structs.replace(GRANT, at_ms=NOON + night * HOUR))

    assert (await setup.acts()).count("first.at_night") == 1


async def test_a_further_act_of_the_same_night_reads_no_earlier_day() -> None:
    setup = AuditorSetup()
    at_night = [msgspec.structs.replace(GRANT, at_ms=NOON + 11 * HOUR + minute) for minute in range(2)]
    await setup.auditor.record(at_night[0])
    setup.rows.calls.clear()

    await setup.auditor.record(at_night[1])

    assert len(setup.rows.calls) <= 5


async def test_without_the_table_nothing_breaks_and_the_log_has_the_act() -> None:
    setup = AuditorSetup()
    setup.rows.missing = {"audit"}

    assert not await setup.auditor.record(GRANT)
    assert setup.log == ["WARNING sensitive_act", "ERROR act_not_recorded"]


async def test_changed_settings_are_recorded_once() -> None:
    setup = AuditorSetup()
    watch = SettingsWatch(setup.audit, setup.auditor)

    for bot in (a_bot(), a_bot(), a_bot(title="新名字"), a_bot(title="新名字")):
        await watch("handbook", bot, NOON)

    records = [one async for one in setup.audit.between("handbook", "2026-11-29", "2026-11-29")]
    assert [one.columns["detail"] for one in records] == ["first seen", "title"]


def test_the_settings_that_are_rules_or_filters_exist() -> None:
    assert set(_POLICY) <= set(Bot.__struct_fields__)
    assert {name.partition(".")[2] for name in _FILTERS} == set(SafetySettings.__struct_fields__)


FILTERED = a_bot(safety=SafetySettings(words=("words/demo.txt",), moderation=AliyunModeration()))


@pytest.mark.parametrize(
    ("before", "now", "acts"),
    [
        (a_bot(), a_bot(title="新名字"), ["settings.changed"]),
        (
            a_bot(),
            a_bot(limits=(Limit(scope="user", questions=5),)),
            ["settings.changed", "policy.changed"],
        ),
        (a_bot(), a_bot(roles=RoleHolders(owner=("boss01",))), ["settings.changed", "policy.changed"]),
        (a_bot(), FILTERED, ["settings.changed", "policy.changed"]),
        (FILTERED, a_bot(), ["settings.changed", "policy.changed", "filter.off"]),
        (
            FILTERED,
            a_bot(safety=SafetySettings(words=("words/demo.txt",))),
            ["settings.changed", "policy.changed", "filter.off"],
        ),
        (
            FILTERED,
            a_bot(safety=SafetySettings(words=("words/other.txt",), moderation=AliyunModeration())),
            ["settings.changed", "policy.changed"],
        ),
    ],
    ids=["title", "limits", "roles", "filters on", "filters off", "moderation off", "other words"],
)
async def test_a_change_of_the_rules_and_a_filter_that_is_switched_off_are_acts_of_their_own(
    before: Bot, now: Bot, acts: list[str]
) -> None:
    setup = AuditorSetup()
    watch = SettingsWatch(setup.audit, setup.auditor)
    await watch("handbook", before, NOON)
    setup.log.clear()

    await watch("handbook", now, NOON + 1_000)
    await watch("handbook", now, NOON + 2_000)

    assert (await setup.acts())[1:] == acts
    assert setup.log == ["WARNING sensitive_act"] * len(acts)


async def test_an_unusual_hour_is_recorded_once_and_a_usual_one_reads_no_days() -> None:
    setup = AuditorSetup()
    over: Any = setup.rows
    questions = Questions(over)
    watch = BehaviourWatch(questions, setup.auditor, Once(over))
    await watch("handbook", a_bot(), NOON)
    calls = len(setup.rows.calls)
    for number in range(30):
        await questions.remember(
            QuestionEvent(turn_id=f"t{number}", bot="handbook", asked_ms=NOON + number, asker="left01")
        )

    await watch("handbook", a_bot(), NOON + 1_000_000)
    await watch("handbook", a_bot(), NOON + 2_000_000)

    assert calls == 1
    assert await setup.acts() == ["behaviour.unusual"]
