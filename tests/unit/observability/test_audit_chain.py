"""The chain: whatever is taken out of it or changed in it is named."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.observability.audit.chain import Head, Record, check, sealed
from rag_on_dingtalk.observability.days import DAY_MS
from rag_on_dingtalk.observability.events import Act

NOON = 1_795_924_800_000


def chain(days: list[int]) -> tuple[list[Record], Head]:
    """Records, `days[n]` of them on day n, and the head after them."""
    head, records = Head(), []
    for day, count in enumerate(days):
        for number in range(count):
            act = Act(
                act="grant.given", bot="handbook", who=f"hr{number}", at_ms=NOON + day * DAY_MS + number
            )
            records.append(sealed(act, id_=f"{day}-{number}", after=head))
            head = Head(records[-1].day, records[-1].number, records[-1].hash)
    return records, head


CHAINS = st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any)


@given(CHAINS)
def test_a_whole_chain_has_no_finding_and_is_numbered_from_one_each_day(days: list[int]) -> None:
    records, head = chain(days)

    assert list(check(records, head)) == []
    assert [one.number for one in records] == [n + 1 for count in days for n in range(count)]
    assert all(after.columns["before"] == before.hash for before, after in pairwise(records))


@given(CHAINS, st.data())
def test_a_record_that_is_taken_out_is_named(days: list[int], data: st.DataObject) -> None:
    records, head = chain(days)
    gone = data.draw(st.sampled_from(records))

    findings = list(check([one for one in records if one is not gone], head))

    # The last of a day that is not the last day shows in what the next one names.
    named = {(finding.day, finding.number) for finding in findings}
    before = [one for one in records if (one.day, one.number) < (gone.day, gone.number)]
    first_and_alone = gone is records[0] and records[1:] and records[1].day != gone.day
    assert (
        named & {(gone.day, gone.number), *[(one.day, one.number) for one in before[-1:]]} or first_and_alone
    )


@given(CHAINS, st.data())
def test_a_column_that_is_changed_is_named(days: list[int], data: st.DataObject) -> None:
    records, head = chain(days)
    number = data.draw(st.integers(0, len(records) - 1))
    column = data.draw(st.sampled_from(["who", "act", "what", "result", "at_ms", "detail", "before", "id"]))
    old = records[number]
    new: Any = 1 if column == "at_ms" else "another"
    records[number] = msgspec.structs.replace(old, columns={**old.columns, column: new})

    findings = list(check(records, head))

    assert (old.day, old.number) in {(finding.day, finding.number) for finding in findings}
    assert "changed" in str(findings[-1]) or "changed" in str(findings[0])


@given(CHAINS, st.data())
def test_a_record_that_is_written_anew_with_its_hash_is_named_by_the_next_or_by_the_head(
    days: list[int], data: st.DataObject
) -> None:
    records, head = chain(days)
    number = data.draw(st.integers(0, len(records) - 1))
    old = records[number]
    act = Act(act="grant.given", bot="handbook", who="left01", at_ms=int(old.columns["at_ms"]))
    after = records[number - 1] if number else None
    behind = Head(after.day, after.number, after.hash) if after else Head()
    records[number] = sealed(act, id_="forged", after=behind)

    assert (old.day, old.number) in {(one.day, one.number) for one in check(records, head)}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_records_that_are_taken_off_the_end_are_named(kept: int) -> None:
    records, head = chain([3])

    (finding,) = check(records[:kept], head)

    assert (finding.number, "up to number 3" in finding.what) == (kept + 1, True)


def test_a_record_behind_the_head_is_one_that_has_just_come() -> None:
    records, _ = chain([3])
    earlier = Head(records[1].day, 2, records[1].hash)

    assert list(check(records, earlier)) == []
