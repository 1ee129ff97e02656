"""Column conditions guard writes and filter reads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import tablestore as ots

if TYPE_CHECKING:
    from emulators.tests.contract.tablestore.conftest import Client, Clock

IS = ots.ComparatorType.EQUAL
IS_NOT = ots.ComparatorType.NOT_EQUAL
LESS = ots.ComparatorType.LESS_THAN
MORE = ots.ComparatorType.GREATER_THAN
NOT_LESS = ots.ComparatorType.GREATER_EQUAL
NOT_MORE = ots.ComparatorType.LESS_EQUAL


def column(name: str, comparator: Any, value: Any, *, missing: bool = False, latest: bool = True) -> Any:
    return ots.SingleColumnCondition(
        name, value, comparator, pass_if_missing=missing, latest_version_only=latest
    )


def combined(operator: Any, *parts: Any) -> Any:
    combination = ots.CompositeColumnCondition(operator)
    for part in parts:
        combination.add_sub_condition(part)
    return combination


def when(column_condition: Any) -> Any:
    return ots.Condition("IGNORE", column_condition)


async def holds(client: Client, row_id: str, condition: Any) -> bool:
    """Whether a write under this condition goes through."""
    try:
        await client.update(row_id, when=when(condition), put=[("touched", True)])
    except ots.OTSServiceError as error:
        if (error.http_status, error.message) != (403, "Condition check failed."):
            raise
        return False
    return True


@pytest.mark.parametrize(
    "constants",
    [(1, 2, 3), (-0.5, 0.0, 0.5), ("a", "b", "ba"), tuple(map(bytearray, (b"\x01", b"\x02", b"\xff")))],
    ids=["integer", "double", "string", "binary"],
)
async def test_a_column_is_compared_with_a_constant(
    every_client: Client, constants: tuple[Any, Any, Any]
) -> None:
    await every_client.create()
    await every_client.put("a", c=constants[1])

    outcomes = {}
    for comparator in (IS, IS_NOT, MORE, NOT_LESS, LESS, NOT_MORE):
        conditions = [column("c", comparator, value) for value in constants]
        outcomes[comparator] = [await holds(every_client, "a", condition) for condition in conditions]

    assert outcomes == {
        IS: [False, True, False],
        IS_NOT: [True, False, True],
        MORE: [True, False, False],
        NOT_LESS: [True, True, False],
        LESS: [False, False, True],
        NOT_MORE: [False, True, True],
    }


async def test_a_value_of_another_type_is_only_different(client: Client) -> None:
    await client.create()
    await client.put("a", c=1)

    for other in ("1", 1.0, True):
        outcomes = [
            await holds(client, "a", column("c", comparator, other))
            for comparator in (IS, LESS, NOT_LESS, IS_NOT)
        ]
        assert outcomes == [False, False, False, True]


async def test_a_missing_column_passes_or_fails_as_told_even_without_a_row(every_client: Client) -> None:
    await every_client.create()

    assert not await holds(every_client, "nobody", column("c", IS, 1, missing=False))
    assert await holds(every_client, "nobody", column("c", IS, 1, missing=True))
    assert await holds(every_client, "nobody", column("c", IS, 1, missing=True))


async def test_conditions_combine(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", x=1, y=2)
    yes, no = column("x", IS, 1), column("y", IS, 1)
    operator = ots.LogicalOperator

    truth = {
        "and": await holds(every_client, "a", combined(operator.AND, yes, no)),
        "or": await holds(every_client, "a", combined(operator.OR, yes, no)),
        "not": await holds(every_client, "a", combined(operator.NOT, no)),
        "nested": await holds(
            every_client,
            "a",
            combined(operator.OR, no, combined(operator.AND, yes, combined(operator.NOT, no))),
        ),
    }

    assert truth == {"and": False, "or": True, "not": True, "nested": True}


async def test_any_version_can_satisfy_a_condition_that_says_so(client: Client, clock: Clock) -> None:
    await client.create(max_version=2)
    await client.put("a", c="old")
    clock.now += 1
    await client.update("a", put=[("c", "new")])

    assert not await holds(client, "a", column("c", IS, "old", latest=True))
    assert await holds(client, "a", column("c", IS, "old", latest=False))


async def test_existence_is_checked_besides_the_column(client: Client, refused: Any) -> None:
    await client.create()
    condition = ots.Condition("EXPECT_EXIST", column("c", IS, 1, missing=True))

    with refused(403, "OTSConditionCheckFail", "Row does not exist which is expected existent"):
        await client.put("a", when=condition, c=1)


@pytest.mark.parametrize("variant", ["sync-V2-native", "async-V4-pure"])
async def test_one_of_sixty_four_racing_writers_wins(connecting: Any, variant: str) -> None:
    client: Client = connecting(variant)
    await client.create()
    free = when(column("expires", LESS, 1000, missing=True))

    outcomes = await asyncio.gather(
        *(client.put("lease", when=free, expires=2000, owner=f"w{n}") for n in range(64)),
        return_exceptions=True,
    )

    winners = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert len(winners) == 1
    assert await client.get("lease") == {"expires": 2000, "owner": f"w{winners[0]}"}


async def test_an_expired_lease_can_be_taken_over(client: Client) -> None:
    await client.create()
    await client.put("lease", expires=1000, owner="first")

    await client.put("lease", when=when(column("expires", LESS, 1001)), expires=2000, owner="second")

    assert await client.get("lease") == {"expires": 2000, "owner": "second"}


async def test_a_filter_hides_a_row_that_does_not_match(every_client: Client) -> None:
    await every_client.create()
    await every_client.put("a", c=1)

    assert await every_client.get("a", column_filter=column("c", IS, 1)) == {"c": 1}
    assert await every_client.get("a", column_filter=column("c", IS, 2)) is None


async def test_a_filter_sees_only_the_columns_that_are_read(client: Client) -> None:
    await client.create()
    await client.put("a", c=1, other=2)

    for missing, expected in ((True, {"other": 2}), (False, None)):
        condition = column("c", IS_NOT, 1, missing=missing)
        assert await client.get("a", columns_to_get=["other"], column_filter=condition) == expected


async def test_thirty_two_parts_are_the_most_a_condition_has(client: Client, refused: Any) -> None:
    await client.create()
    leaves = [column("c", IS, n, missing=True) for n in range(32)]

    await client.put("a", when=when(combined(ots.LogicalOperator.OR, *leaves[:31])), c=1)
    with refused(400, "OTSParameterInvalid"):
        await client.put("a", when=when(combined(ots.LogicalOperator.OR, *leaves)), c=1)


async def test_what_a_condition_cannot_say_here_is_refused(client: Client, refused: Any) -> None:
    await client.create()
    rule = ots.RegexRule("[0-9]+", ots.CastType.VT_INTEGER)
    pattern = ots.SingleColumnRegexCondition("c", IS, 1, rule)
    lonely = combined(ots.LogicalOperator.AND, column("c", IS, 1))
    crowded = combined(ots.LogicalOperator.NOT, column("c", IS, 1), column("c", IS, 1))

    with refused(400, "OTSParameterInvalid", "Unsupported operation: SingleColumnRegexCondition."):
        await client.put("a", when=when(pattern), c=1)
    with refused(400, "OTSParameterInvalid", "Invalid AND/OR operator: the number of sub-filters must be 2."):
        await client.put("a", when=when(lonely), c=1)
    with refused(400, "OTSParameterInvalid"):
        await client.put("a", when=when(crowded), c=1)


async def test_a_filter_sees_the_columns_of_the_key(every_client: Client) -> None:
    await every_client.create(key=(("id", "STRING"), ("at", "INTEGER")))
    for at in range(3):
        await every_client.put_row("t", ots.Row([("id", "a"), ("at", at)], [("c", at)]))

    async def found(condition: Any, **options: Any) -> list[int]:
        _, _, rows, _ = await every_client.get_range(
            "t",
            "FORWARD",
            [("id", "a"), ("at", ots.INF_MIN)],
            [("id", "a"), ("at", ots.INF_MAX)],
            column_filter=condition,
            **options,
        )
        return [row.primary_key[1][1] for row in rows]

    assert await found(column("at", NOT_LESS, 1)) == [1, 2]
    assert await found(combined(ots.LogicalOperator.AND, column("id", IS, "a"), column("c", LESS, 1))) == [0]
    assert await found(column("id", IS, "b")) == []
    # Like any other column it is seen only where it is read.
    assert await found(column("at", NOT_LESS, 1), columns_to_get=["c"]) == []
    assert await found(column("at", NOT_LESS, 1), columns_to_get=["c", "at"]) == [1, 2]
