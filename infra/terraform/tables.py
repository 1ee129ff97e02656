"""Write tables.json, from which tables.tf makes the tables: `python infra/terraform/tables.py`."""  # noqa: INP001 - a script beside its output

from __future__ import annotations

import json
from pathlib import Path

from rag_on_dingtalk.storage.tables import TABLES

OUTPUT = Path(__file__).with_name("tables.json")

#: Tablestore's type → the provider's.
_TYPES = {"STRING": "String", "INTEGER": "Integer"}


def tables_json() -> str:
    """The tables as tables.tf reads them: `time_to_live` in seconds, key columns in their order."""
    tables = {
        table.name: {
            "time_to_live": table.ttl_seconds,
            "allow_update": table.updates,
            "primary_key": [{"name": name, "type": _TYPES[kind]} for name, kind in table.key],
        }
        for table in TABLES
    }
    return json.dumps(tables, indent=2) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(tables_json(), encoding="utf-8")
