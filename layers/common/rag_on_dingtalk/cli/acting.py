"""Acts of the command line, recorded in the audit like any other."""

from __future__ import annotations

import os
import sys
import time
import uuid

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.observability.events import Act

_NEEDED = (
    "TABLESTORE_ENDPOINT",
    "TABLESTORE_INSTANCE",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
)


async def recorded(act: str, *, bot: str = "-", what: str = "", detail: str = "") -> None:
    """Record an act of the access key's holder; says so on the terminal when that is not possible."""
    if not all(os.environ.get(name) for name in _NEEDED):
        print(f"{act} is not in the audit: {' or '.join(_NEEDED[:2])} is empty.", file=sys.stderr)  # noqa: T201
        return
    from rag_on_dingtalk.cli.operating.trace import open_rows
    from rag_on_dingtalk.storage.journal.audit import Audit

    rows = open_rows()
    try:
        await Audit(rows).append(
            Act(
                act=act,
                bot=bot,
                who=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                what=what,
                detail=detail,
                source="command line",
                at_ms=time.time_ns() // 1_000_000,
            ),
            id_=uuid.uuid4().hex,
        )
    except StateError as error:
        print(f"{act} is not in the audit: {error}", file=sys.stderr)  # noqa: T201 - a command's output
    finally:
        await rows.close()
