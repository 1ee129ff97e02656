"""Column conditions, named for what they say. A missing column may or may not satisfy one: the name tells."""

from __future__ import annotations

from rag_on_dingtalk.storage.sdk import tablestore


def missing(column: str) -> object:
    """Holds for a row without this integer column, which never holds a negative number."""
    return missing_or_equal(column, -1)


def missing_or_below(column: str, value: int) -> object:
    """Holds for a row that is not there, or whose integer column is smaller."""
    return tablestore.SingleColumnCondition(
        column, value, tablestore.ComparatorType.LESS_THAN, pass_if_missing=True
    )


def missing_or_equal(column: str, value: str | int) -> object:
    """Holds for a row that is not there, or whose column (text, number or boolean) is the same."""
    return tablestore.SingleColumnCondition(
        column, value, tablestore.ComparatorType.EQUAL, pass_if_missing=True
    )


def there_and_equal(column: str, value: str | int) -> object:
    """Holds only for a row whose column is the same."""
    return tablestore.SingleColumnCondition(
        column, value, tablestore.ComparatorType.EQUAL, pass_if_missing=False
    )


def there_and_other(column: str, value: str | int) -> object:
    """Holds only for a row whose column is there, and is different."""
    return tablestore.SingleColumnCondition(
        column, value, tablestore.ComparatorType.NOT_EQUAL, pass_if_missing=False
    )


def both(first: object, second: object) -> object:
    """Holds where both hold."""
    condition = tablestore.CompositeColumnCondition(tablestore.LogicalOperator.AND)
    condition.add_sub_condition(first)
    condition.add_sub_condition(second)
    return condition
