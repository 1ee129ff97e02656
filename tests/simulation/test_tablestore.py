"""Tablestore in memory answers as the emulator does through the real client, condition by condition."""

from __future__ import annotations

import operator
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devserver.simulation.plan.weather import CALM, Rates, Weather
from devserver.simulation.services.conditions import holds
from devserver.simulation.services.tablestore import MemoryRows, Tables
from devserver.simulation.world import World
from emulators.tablestore.operations.conditions import parse_condition
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.storage.rows.client import Rows
from rag_on_dingtalk.storage.rows.conditions import missing_or_below, missing_or_equal, there_and_equal
from rag_on_dingtalk.storage.sdk import tablestore as sdk
from rag_on_dingtalk.storage.tables import INBOX, SESSIONS
from tests.contract.storage.store import INSTANCE, KEY, tablestore
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Mapping

_VALUES = st.one_of(
    st.integers(-3, 3), st.booleans(), st.sampled_from(["", "a", "b"]), st.sampled_from([0.5, 1.0])
)
_NAMES = st.sampled_from(["a", "b", "c"])
_ROWS = st.dictionaries(_NAMES, _VALUES, min_size=1)


def _single(name: str, value: object, comparator: str, *, missing: bool) -> object:
    return sdk.SingleColumnCondition(name, value, comparator, pass_if_missing=missing)


_SINGLE = st.builds(
    _single,
    _NAMES,
    _VALUES,
    st.sampled_from(
        [
            sdk.ComparatorType.EQUAL,
            sdk.ComparatorType.NOT_EQUAL,
            sdk.ComparatorType.LESS_THAN,
            sdk.ComparatorType.LESS_EQUAL,
            sdk.ComparatorType.GREATER_THAN,
            sdk.ComparatorType.GREATER_EQUAL,
        ]
    ),
    missing=st.booleans(),
)


def _composite(parts: list[object], combinator: str) -> object:
    condition = sdk.CompositeColumnCondition(combinator)
    for part in parts[:1] if combinator == sdk.LogicalOperator.NOT else parts:
        condition.add_sub_condition(part)
    return condition


_CONDITIONS = st.recursive(
    _SINGLE,
    lambda inner: st.builds(
        _composite,
        st.lists(inner, min_size=2, max_size=3),
        st.sampled_from([sdk.LogicalOperator.AND, sdk.LogicalOperator.OR, sdk.LogicalOperator.NOT]),
    ),
    max_leaves=4,
)


@settings(max_examples=examples(500), deadline=None)
@given(_CONDITIONS, st.one_of(st.none(), _ROWS))
def test_a_condition_holds_where_it_holds_for_the_emulator(
    condition: object, row: Mapping[str, Any] | None
) -> None:
    encoder = sdk.encoder.OTSProtoBufferEncoder("utf-8")
    message = sdk.encoder.filter_pb2.Filter()
    encoder._make_column_condition(message, condition)
    versions = {name: {1: value} for name, value in (row or {}).items()}

    assert holds(condition, row) == parse_condition(message.SerializeToString()).holds(versions)


def _memory(rates: Rates = CALM) -> tuple[World, MemoryRows]:
    random = Random(1)  # noqa: S311 - to be repeated, not to be secret
    world = World(random, on_event=lambda _event, _process: None)
    weather = Weather(world.loop, random, rates, usual=(0.001, 0.01), slow=(1.0, 2.0))
    return world, MemoryRows(Tables(world, weather, row_state=lambda row: (str(row["owner"]), False)))


async def _everything(rows: Any) -> list[object]:
    """One of each call, and each kind of condition on a row that is there and one that is not."""
    seen: list[object] = []
    conditions = {
        "below": missing_or_below("version", 2),
        "equal": missing_or_equal("owner", "me"),
        "there": there_and_equal("owner", "me"),
    }
    for name, condition in conditions.items():
        seen.append(await rows.get(SESSIONS, name))
        seen.append(await rows.put(SESSIONS, name, {"owner": "me", "version": 1}, condition))
        seen.append(await rows.put(SESSIONS, name, {"owner": "other", "version": 2, "ok": True}, condition))
        seen.append(await rows.put(SESSIONS, name, {"owner": "me", "version": 3}, condition))
        seen.append(await rows.get(SESSIONS, name))
    for key in (("s1", 20, "b"), ("s1", 3, "z"), ("s2", 1, "a"), ("s1", 20, "a")):
        await rows.put(INBOX, key, {"lease_until": key[1], "running": False})
    seen.append(await rows.range(INBOX, "s1", limit=2))
    seen.append([row async for row in rows.scan(INBOX, page=10)])
    await rows.delete(INBOX, ("s1", 3, "z"))
    await rows.delete(INBOX, ("s1", 4, "nobody"))
    seen.append(await rows.range(INBOX, "s1", limit=10))
    return seen


async def test_the_same_calls_are_answered_as_by_the_emulator() -> None:
    async with tablestore() as url:
        real = Rows(endpoint=url, instance=INSTANCE, credentials=lambda: KEY)
        try:
            expected = await _everything(real)
        finally:
            await real.close()

    assert _in_memory(_everything) == expected


def _in_memory(calls: Any) -> Any:
    # In a thread of its own: two event loops do not run in one.
    import threading

    found: list[object] = []

    def _run() -> None:
        world, rows = _memory()
        found.append(world.loop.run_until_complete(calls(rows)))
        world.close()

    thread = threading.Thread(target=_run)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize(
    ("rates", "written", "ambiguous"),
    [
        (Rates(refused=1.0), False, False),
        (Rates(lost_before=1.0), False, True),
        (Rates(lost_after=1.0), True, True),
    ],
    ids=["refused", "lost before", "lost after"],
)
def test_a_write_that_fails_has_happened_or_not(rates: Rates, written: bool, ambiguous: bool) -> None:  # noqa: FBT001
    world, rows = _memory(rates)

    with pytest.raises(StateError) as raised:
        world.loop.run_until_complete(rows.put(SESSIONS, "s", {"owner": "me"}))

    assert (("s",) in rows._tables.rows.get("sessions", {})) == written
    assert raised.value.ambiguous == ambiguous
    world.close()


def test_a_mapping_that_the_caller_changes_later_is_not_changed_in_the_table() -> None:
    world, rows = _memory()
    columns: dict[str, Any] = {"owner": "me"}

    world.loop.run_until_complete(rows.put(SESSIONS, "s", columns))
    columns["owner"] = "other"

    assert operator.getitem(world.loop.run_until_complete(rows.get(SESSIONS, "s")), "owner") == "me"
    world.close()
