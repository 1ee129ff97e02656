"""Column conditions: the same tree guards a write (`condition`) and filters a read (`filter`)."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from emulators.tablestore.errors import invalid, unsupported
from emulators.tablestore.limits import CONDITION_NODES, check_name
from emulators.tablestore.wire.protobuf import filter_pb2, parse
from emulators.tablestore.wire.values import Marker, Value
from emulators.tablestore.wire.variants import WireError, decode_variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.tablestore.store.versions import Columns

_COMPARATORS: dict[int, Callable[[Any, Any], bool]] = {
    filter_pb2.CT_EQUAL: operator.eq,
    filter_pb2.CT_NOT_EQUAL: operator.ne,
    filter_pb2.CT_GREATER_THAN: operator.gt,
    filter_pb2.CT_GREATER_EQUAL: operator.ge,
    filter_pb2.CT_LESS_THAN: operator.lt,
    filter_pb2.CT_LESS_EQUAL: operator.le,
}


@dataclass(frozen=True)
class Comparison:
    """One column against a constant.

    passes_if_missing: the result when the row, or the column in it, does not exist.
    latest_only: look at the newest version; otherwise any version that matches will do.
    """

    column: str
    compare: Callable[[Any, Any], bool]
    value: Value
    passes_if_missing: bool
    latest_only: bool

    def holds(self, columns: Columns) -> bool:
        """Whether the row satisfies it."""
        versions = list(columns.get(self.column, {}).values())
        if not versions:
            return self.passes_if_missing
        return any(self._compare(value) for value in (versions[:1] if self.latest_only else versions))

    def _compare(self, found: Value) -> bool:
        # What the service does with a value of another type is not documented. Here such a value is
        # different, and neither smaller nor greater.
        if type(found) is not type(self.value):
            return self.compare is operator.ne
        return self.compare(found, self.value)


@dataclass(frozen=True)
class Not:
    """The opposite of its part."""

    part: Condition

    def holds(self, columns: Columns) -> bool:
        """Whether the row satisfies it."""
        return not self.part.holds(columns)


@dataclass(frozen=True)
class Combination:
    """AND (`combine` is all) or OR (any) of its parts."""

    combine: Callable[[Any], bool]
    parts: tuple[Condition, ...]

    def holds(self, columns: Columns) -> bool:
        """Whether the row satisfies it."""
        return self.combine(part.holds(columns) for part in self.parts)


Condition: TypeAlias = Comparison | Not | Combination


class _Parser:
    """Reads one tree, counting its nodes so that a hostile one cannot be deep."""

    def __init__(self) -> None:
        self._nodes = 0

    def parse(self, message: Any) -> Condition:
        self._nodes += 1
        if self._nodes > CONDITION_NODES:
            raise invalid(f"A condition has more than {CONDITION_NODES} parts.")
        if message.type == filter_pb2.FT_SINGLE_COLUMN_VALUE:
            return _comparison(parse(filter_pb2.SingleColumnValueFilter, message.filter))
        if message.type == filter_pb2.FT_COMPOSITE_COLUMN_VALUE:
            return self._composite(parse(filter_pb2.CompositeColumnValueFilter, message.filter))
        raise unsupported("ColumnPaginationFilter")

    def _composite(self, message: Any) -> Condition:
        parts = tuple(self.parse(sub_filter) for sub_filter in message.sub_filters)
        if message.combinator == filter_pb2.LO_NOT:
            if len(parts) != 1:
                raise invalid("Invalid NOT operator: the number of sub-filters must be 1.")
            return Not(parts[0])
        # More than two are taken: the service's own tests use 31.
        if len(parts) < 2:
            raise invalid("Invalid AND/OR operator: the number of sub-filters must be 2.")
        return Combination(all if message.combinator == filter_pb2.LO_AND else any, parts)


def _comparison(message: Any) -> Comparison:
    if message.HasField("value_trans_rule"):
        raise unsupported("SingleColumnRegexCondition")
    if message.comparator not in _COMPARATORS:
        raise unsupported(f"comparator {filter_pb2.ComparatorType.Name(message.comparator)}")
    try:
        value = decode_variant(message.column_value)
    except WireError as error:
        raise invalid(f"Invalid value in a condition: {error}") from error
    if isinstance(value, Marker):
        raise invalid("A condition compares with a value; INF_MIN and INF_MAX are for range keys.")
    return Comparison(
        column=check_name(message.column_name, "column"),
        compare=_COMPARATORS[message.comparator],
        value=value,
        passes_if_missing=not message.filter_if_missing,
        latest_only=message.latest_version_only,
    )


def parse_condition(data: bytes) -> Condition:
    """The tree in the bytes of a serialized `Filter`; 400 when they are not one."""
    return _Parser().parse(parse(filter_pb2.Filter, data))
