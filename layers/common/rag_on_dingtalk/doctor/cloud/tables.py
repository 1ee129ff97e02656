"""The Tablestore tables and what this access key may do with their rows. Pure.

Looking a row up is what the functions do, so it needs no permission that they lack: it finds a table that is
missing or has another key, and whether reading is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.errors import StateError

TABLES = "Tablestore tables"
PERMISSIONS = "Tablestore permissions"

_MISSING = "OTSObjectNotExist"
_OTHER_KEY = "OTSInvalidPK"
_DENIED = "OTSNoPermissionAccess"


def judge_tables(reads: Mapping[str, StateError | None]) -> Line:
    """What looking a row up in each table says.

    reads: table → how Tablestore refused; None: it did not.
    """
    codes = {table: refusal.code for table, refusal in reads.items() if refusal is not None}
    missing = [table for table, code in codes.items() if code == _MISSING]
    if missing:
        return wrong(
            TABLES,
            f"{', '.join(missing)}: not there. Create them with `python -m rag_on_dingtalk tables --create`.",
        )
    others = [table for table, code in codes.items() if code == _OTHER_KEY]
    if others:
        return wrong(
            TABLES,
            f"{', '.join(others)}: there with another primary key. Delete them if they hold nothing that is "
            "needed, then run `python -m rag_on_dingtalk tables --create`.",
        )
    for refusal in reads.values():
        if refusal is not None and refusal.code != _DENIED:
            return wrong(
                TABLES,
                f"{refusal}. Check TABLESTORE_ENDPOINT, TABLESTORE_INSTANCE and the access key, and that the "
                "instance takes connections from this network.",
            )
    if _DENIED in codes.values():
        return unchecked(TABLES, "this access key may not read them.")
    return well(TABLES, f"{', '.join(reads)} are there.")


def judge_permissions(reads: Mapping[str, StateError | None], write: StateError | None) -> Line:
    """Whether rows may be read and written.

    write: how Tablestore refused a row of our own in `counters`, and its removal; None: it did not.
    """
    denied = [table for table, refusal in reads.items() if refusal is not None and refusal.code == _DENIED]
    if denied:
        return wrong(PERMISSIONS, f"Rows of {', '.join(denied)} may not be read. {_GRANT}")
    if any(reads.values()):
        return unchecked(PERMISSIONS, "the tables come first.")
    if write is not None and write.code == _DENIED:
        return wrong(PERMISSIONS, f"Rows may be read but not written. {_GRANT}")
    if write is not None:
        return wrong(PERMISSIONS, f"A row was not written: {write}. Run doctor again in a minute.")
    return well(PERMISSIONS, "Rows may be read, written and deleted.")


_GRANT = "Attach infra/policies to whose access key this is; the functions' roles need the same."
