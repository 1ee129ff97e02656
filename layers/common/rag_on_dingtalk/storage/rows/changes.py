"""Changes of rows that need no reading first: whole rows, single columns, counts. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from rag_on_dingtalk.storage.sdk import tablestore
from rag_on_dingtalk.storage.tables import Table

Value = str | int | bool | float


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """A whole row in place of what was there."""

    table: Table
    key: tuple[str | int, ...]
    columns: dict[str, Value]


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """Some columns of a row; the others stay. The row is made when it is not there.

    columns: set to these values. counts: added to what is there; carried out twice they count twice.
    """

    table: Table
    key: tuple[str | int, ...]
    columns: dict[str, Value] = {}
    counts: dict[str, int] = {}


class Delete(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is to go, if it is there."""

    table: Table
    key: tuple[str | int, ...]


Change = Put | Update | Delete


def primary_key(change: Change) -> list[tuple[str, str | int]]:
    """The key as the SDK takes it."""
    return [(name, value) for (name, _), value in zip(change.table.key, change.key, strict=True)]


def update_columns(change: Update) -> dict[str, Any]:
    """The columns of an UpdateRow as the SDK takes them."""
    columns: dict[str, Any] = {}
    if change.columns:
        columns["PUT"] = sorted(change.columns.items())
    if change.counts:
        columns["INCREMENT"] = sorted(change.counts.items())
    return columns


def batch(changes: tuple[Change, ...]) -> Any:
    """One BatchWriteRow of all of them."""
    request = tablestore.BatchWriteRowRequest()
    anyway = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE)
    items: dict[str, list[Any]] = {}
    for change in changes:
        key = primary_key(change)
        item: Any
        if isinstance(change, Put):
            item = tablestore.PutRowItem(tablestore.Row(key, sorted(change.columns.items())), anyway)
        elif isinstance(change, Delete):
            item = tablestore.DeleteRowItem(tablestore.Row(key), anyway)
        else:
            item = tablestore.UpdateRowItem(tablestore.Row(key, update_columns(change)), anyway)
        items.setdefault(change.table.name, []).append(item)
    for name, rows in items.items():
        request.add(tablestore.TableInBatchWriteRowItem(name, rows))
    return request
