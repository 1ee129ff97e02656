"""Single rows through every variant of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

IGNORE = ots.Condition("IGNORE")
EXISTS = ots.Condition("EXPECT_EXIST")
MISSING = ots.Condition("EXPECT_NOT_EXIST")
EVERY_TYPE = {
    "text": "你好 🙂\0",
    "empty": "",
    "integer": -(2**63),
    "double": -0.5,
    "yes": True,
    "no": False,
    "blob": bytearray(range(256)),
}


async def test_every_value_type_comes_back_as_it_was_written(every_client: Client, clock: Clock) -> None:
    await every_client.create()

    await every_client.put("a", **EVERY_TYPE)

    cells = await every_client.get_cells("a")
    assert cells == [(name, EVERY_TYPE[name], clock.ms) for name in sorted(EVERY_TYPE)]
    assert [type(value) for _, value, _ in cells] == [type(EVERY_TYPE[name]) for name in sorted(EVERY_TYPE)]


async def test_a_key_of_every_type_finds_its_row(every_client: Client) -> None:
    schema = (("s", "STRING"), ("i", "INTEGER"), ("b", "BINARY"), ("z", "STRING"))
    key = [("s", "北京"), ("i", -1), ("b", bytearray(b"\0\xff")), ("z", "end")]
    await every_client.create(key=schema)

    await every_client.put_row("t", ots.Row(key, [("c", 1)]))

    _, row, token = await every_client.get_row("t", key)
    assert row.primary_key == key
    assert not token


async def test_a_missing_row_is_none(every_client: Client) -> None:
    await every_client.create()

    consumed, row, _ = await every_client.get_row("t", [("id", "nobody")])

    assert row is None
    assert (consumed.read, consumed.write) == (1, 0)


async def test_put_replaces_the_whole_row(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", old=1, both=1)

    await every_client.put("a", both=2)

    assert await every_client.get("a") == {"both": 2}


async def test_update_puts_deletes_and_counts_in_one_go(every_client: Client, clock: Clock) -> None:
    await every_client.create(max_version=3)
    written = clock.ms
    await every_client.put("a", kept=1, gone=1, counter=5, versioned="old")
    clock.now += 1
    await every_client.update("a", put=[("versioned", "new")])

    await every_client.update(
        "a",
        put=[("added", "x")],
        delete=[("versioned", None, written)],
        delete_all=["gone"],
        increment=[("counter", 2)],
    )

    assert await every_client.get("a") == {"kept": 1, "added": "x", "counter": 7, "versioned": "new"}
    assert await every_client.get_cells("a", columns_to_get=["versioned"], max_version=3) == [
        ("versioned", "new", clock.ms)
    ]


async def test_update_creates_a_missing_row(client: Client) -> None:
    await client.create()

    await client.update("a", put=[("c", 1)])

    assert await client.get("a") == {"c": 1}


async def test_an_update_that_only_deletes_creates_nothing(client: Client) -> None:
    await client.create()

    await client.update("a", delete_all=["c"])

    assert await client.get("a") is None
    await client.put("a", when=MISSING, c=1)


async def test_a_deleted_row_is_gone_and_deleting_it_again_is_fine(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", c=1)

    await every_client.delete("a")
    await every_client.delete("a")

    assert await every_client.get("a") is None


@pytest.mark.parametrize("write", ["put", "update", "delete"])
async def test_existence_expectations_decide_about_a_write(client: Client, refused: Any, write: str) -> None:
    every_change: dict[str, dict[str, Any]] = {
        "put": {"c": 1},
        "update": {"put": [("c", 1)]},
        "delete": {},
    }
    changes = every_change[write]
    operation = getattr(client, write)
    await client.create()

    with refused(403, "OTSConditionCheckFail", "Row does not exist which is expected existent"):
        await operation("a", when=EXISTS, **changes)
    await operation("a", when=MISSING, **changes)
    await client.put("a", c=0)
    with refused(403, "OTSConditionCheckFail", "Row exists which is expected nonexistent"):
        await operation("a", when=MISSING, **changes)
    await operation("a", when=EXISTS, **changes)


async def test_a_failed_expectation_changes_nothing(client: Client, refused: Any) -> None:
    await client.create()
    await client.put("a", c=1)

    with refused(403, "OTSConditionCheckFail"):
        await client.put("a", when=MISSING, c=2)

    assert await client.get("a") == {"c": 1}


async def test_only_the_wanted_columns_are_read(client: Client) -> None:
    await client.create()
    await client.put("a", x=1, y=2, z=3)

    assert await client.get("a", columns_to_get=["x", "z", "unknown"]) == {"x": 1, "z": 3}
    assert await client.get("a", columns_to_get=["unknown"]) is None
    assert await client.get("a", columns_to_get=["id"]) == {}
    assert await client.get("nobody", columns_to_get=["id"]) is None


async def test_the_key_can_be_asked_back(every_client: Client) -> None:
    await every_client.create()

    _, row = await every_client.put_row("t", ots.Row([("id", "a")], [("c", 1)]), IGNORE, ots.ReturnType.RT_PK)

    assert row.primary_key == [("id", "a")]


async def test_the_service_chooses_an_increasing_key_column(every_client: Client, clock: Clock) -> None:
    await every_client.create(key=(("id", "STRING"), ("n", "INTEGER", ots.PK_AUTO_INCR)))
    chosen = []
    for _ in range(3):
        row = ots.Row([("id", "a"), ("n", ots.PK_AUTO_INCR)], [("c", 1)])
        _, returned = await every_client.put_row("t", row, IGNORE, ots.ReturnType.RT_PK)
        chosen.append(dict(returned.primary_key)["n"])

    assert chosen == sorted(set(chosen))
    _, row, _ = await every_client.get_row("t", [("id", "a"), ("n", chosen[0])])
    assert row.primary_key == [("id", "a"), ("n", chosen[0])]


async def test_nothing_can_be_expected_of_a_row_whose_key_is_not_known_yet(
    client: Client, refused: Any
) -> None:
    await client.create(key=(("id", "STRING"), ("n", "INTEGER", ots.PK_AUTO_INCR)))
    row = ots.Row([("id", "a"), ("n", ots.PK_AUTO_INCR)], [("c", 1)])
    compared = ots.Condition("IGNORE", ots.SingleColumnCondition("c", 1, ots.ComparatorType.EQUAL))

    with refused(
        400,
        "OTSParameterInvalid",
        "Invalid expect:EXPECT_NOT_EXIST when modify row with pk auto increment.",
    ):
        await client.put_row("t", row, MISSING)
    with refused(400, "OTSParameterInvalid", "Can't set condition when modify row with pk auto increment."):
        await client.put_row("t", row, compared)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([("id", "a"), ("more", 1)], "Validate PK size fail. Input: 2, Meta: 1."),
        ([("other", "a")], "Validate PK name fail. Input: other, Meta: id."),
        ([("id", 1)], "Primary key schema mismatch."),
        ([("id", ots.INF_MIN)], "Primary key schema mismatch."),
        ([("id", ots.PK_AUTO_INCR)], "Primary key schema mismatch."),
    ],
)
async def test_a_key_that_does_not_fit_the_schema_is_refused_by_every_operation(
    client: Client, refused: Any, key: list[tuple[str, Any]], message: str
) -> None:
    await client.create()

    with refused(400, "OTSInvalidPK", message):
        await client.get_row("t", key)
    with refused(400, "OTSInvalidPK", message):
        await client.put_row("t", ots.Row(key, [("c", 1)]))
    with refused(400, "OTSInvalidPK", message):
        await client.update_row("t", ots.Row(key, {"put": [("c", 1)]}), IGNORE)
    with refused(400, "OTSInvalidPK", message):
        await client.delete_row("t", key)


async def test_row_operations_need_a_table(client: Client, refused: Any) -> None:
    with refused(404, "OTSObjectNotExist", "Requested table does not exist."):
        await client.put("a", c=1)
    with refused(404, "OTSObjectNotExist"):
        await client.get("a")


async def test_capacity_is_counted_in_steps_of_four_kilobytes(client: Client) -> None:
    await client.create()
    row = ots.Row([("id", "a")], [("c", "x" * 5000)])

    written, _ = await client.put_row("t", row)
    conditional, _ = await client.put_row("t", row, EXISTS)
    read, _, _ = await client.get_row("t", [("id", "a")])
    deleted, _ = await client.delete_row("t", [("id", "a")])

    assert [(c.read, c.write) for c in (written, conditional, read, deleted)] == [
        (0, 2),
        (1, 2),
        (2, 0),
        (0, 1),
    ]
