"""Writes docs/events.md from the structs and the vocabulary: `python -m infra.events`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from infra.settings.docstrings import parse
from rag_on_dingtalk.observability.audit.vocabulary import ACTS
from rag_on_dingtalk.observability.events import NOT_LOGGED, Act, QuestionEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "docs" / "events.md"

_HEAD = """# Events

Written by `make docs` from `observability/events.py` and `observability/audit/vocabulary.py`; do not edit.

One flat record a question and one an administrative act. A question's is the log line `answered`, its row
in the table `questions` (400 days) and what reports count; an act's is the log line `act` and its row in the
table `audit` (400 days). One `turn_id` finds a question in the callback's log line, the queued job, the log
lines of async_answer, the tables, the DingTalk card (`outTrackId`) and the backend's log (`X-Request-Id`):

```sh
python -m rag_on_dingtalk trace t0123456789abcdef0123456789abcde
```

Of a question the log holds neither persons nor words: fields marked *table only* are not in it."""


def document() -> str:
    """The page."""
    return (
        "\n\n".join(
            (
                _HEAD,
                "## A question",
                _fields(QuestionEvent, NOT_LOGGED),
                "## An administrative act",
                _fields(Act, frozenset()),
                "### The acts",
                _table(
                    ("`act`", "Meaning", "Sensitive"),
                    [
                        (f"`{name}`", kind.meaning, "yes" if kind.sensitive else "")
                        for name, kind in ACTS.items()
                    ],
                ),
            )
        )
        + "\n"
    )


def _fields(struct: type[msgspec.Struct], hidden: frozenset[str]) -> str:
    fields = msgspec.structs.fields(struct)
    docstring = _one_a_line(struct.__doc__ or "", [field.name for field in fields])
    sentences = parse(docstring, (field.name for field in fields)).sentences
    rows = []
    for field in fields:
        where = "table only" if field.name in hidden else ""
        kind = getattr(field.type, "__name__", str(field.type))
        rows.append(
            (
                f"`{field.name}`",
                {"int": "number", "str": "text"}.get(kind, kind),
                sentences[field.name],
                where,
            )
        )
    return _table(("Field", "Type", "Meaning", ""), rows)


def _one_a_line(docstring: str, names: list[str]) -> str:
    """Entries that stand behind others in one line get a line of their own."""
    for name in names:
        docstring = docstring.replace(f". {name}: ", f".\n    {name}: ")
    return docstring


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    OUTPUT.write_text(document(), encoding="utf-8")
    print(f"Wrote {OUTPUT.relative_to(ROOT)}.")  # noqa: T201 - a command's output
