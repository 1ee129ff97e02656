"""Writes the indexes and the dashboard of Log Service: `python -m infra.logs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.logs.dashboard import charts
from infra.logs.fields import TOKENS, json_index, of_acts, of_functions

FOLDER = Path(__file__).parent

_LINE = {"caseSensitive": False, "chn": True, "token": TOKENS}
#: What Function Compute puts on every line, and on every record of a request.
_PLATFORM_TEXTS = ("functionName", "instanceID", "qualifier", "versionId")
_PLATFORM_NUMBERS = ("durationMs", "memoryUsageMB")


def index_of_functions() -> dict[str, Any]:
    """The index of the store that the functions write to."""
    texts = {
        name: {"type": "text", "caseSensitive": False, "chn": False, "doc_value": True, "token": TOKENS}
        for name in _PLATFORM_TEXTS
    }
    numbers = {name: {"type": "double", "doc_value": True} for name in _PLATFORM_NUMBERS}
    return {"line": _LINE, "keys": {**texts, "message": json_index(of_functions()), **numbers}}


def index_of_audit() -> dict[str, Any]:
    """The index of the audit's copy."""
    return {"line": _LINE, "keys": {"message": json_index(of_acts())}}


def files() -> dict[str, Any]:
    """By name, what is written."""
    return {
        "index.json": index_of_functions(),
        "audit-index.json": index_of_audit(),
        "dashboard.json": charts(),
    }


def main() -> None:
    """Write them."""
    for name, body in files().items():
        text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"Wrote infra/logs/{name}.")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
