"""Column conditions of the SDK, judged as the service judges them, and updates of columns. Pure."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.storage.rows.changes import Put
from rag_on_dingtalk.storage.sdk import tablestore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from rag_on_dingtalk.storage.rows.changes import Update

_COMPARATORS: dict[Any, Callable[[Any, Any], bool]] = {
    tablestore.ComparatorType.EQUAL: operator.eq,
    tablestore.ComparatorType.NOT_EQUAL: operator.ne,
    tablestore.ComparatorType.GREATER_THAN: operator.gt,
    tablestore.ComparatorType.GREATER_EQUAL: operator.ge,
    tablestore.ComparatorType.LESS_THAN: operator.lt,
    tablestore.ComparatorType.LESS_EQUAL: operator.le,
}


def holds(condition: Any, columns: Mapping[str, Any] | None) -> bool:
    """Whether a row satisfies it; None stands for a row that is not there, all of whose columns are missing.

    Raises:
        TypeError: the condition is of a kind that this service does not know.
    """
    if condition is None:
        return True
    if isinstance(condition, tablestore.CompositeColumnCondition):
        parts = [holds(part, columns) for part in condition.sub_conditions]
        if condition.get_combinator() == tablestore.LogicalOperator.NOT:
            return not parts[0]
        together = all if condition.get_combinator() == tablestore.LogicalOperator.AND else any
        return together(parts)
    if not isinstance(condition, tablestore.SingleColumnCondition):
        raise TypeError(f"A condition of the type {type(condition).__name__} is not simulated. Add it here.")
    name = condition.get_column_name()
    if columns is None or name not in columns:
        return bool(condition.get_pass_if_missing())
    found, value = columns[name], condition.get_column_value()
    compare = _COMPARATORS[condition.get_comparator()]
    # What the service does with a value of another type is not documented. Here, as in the emulator, such a
    # value is different, and neither smaller nor greater.
    if type(found) is not type(value):
        return compare is operator.ne
    return bool(compare(found, value))


def only(row: Mapping[str, Any] | None, columns: Collection[str]) -> dict[str, Any] | None:
    """A copy of a row's columns, all of them where none is named; None when none of them is there."""
    if row is None:
        return None
    return ({name: row[name] for name in columns if name in row} or None) if columns else dict(row)


def updated(
    columns: Mapping[str, Any], put: Mapping[str, Any], add: Mapping[str, int], remove: Collection[str]
) -> dict[str, Any]:
    """A row after an update; a number that is missing is counted from 0.

    Raises:
        TypeError: a column that is counted holds no integer; the service refuses that, too.
    """
    row = {name: value for name, value in columns.items() if name not in remove} | dict(put)
    for name, by in add.items():
        before = row.get(name, 0)
        if type(before) is not int:
            raise TypeError(f"The column {name} holds {type(before).__name__} and cannot be counted.")
        row[name] = before + by
    return row


def outcome_of(change: Put | Update, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row after a change, as Tablestore makes it."""
    if isinstance(change, Put):
        return dict(change.columns)
    return updated(row or {}, change.columns, change.counts, ())
