"""JSON as it comes off the wire."""

from __future__ import annotations

import json
from typing import Any


def read_json(raw: bytes | str) -> Any:
    """Decode JSON that a stranger may have written.

    Raises:
        ValueError: not JSON, not UTF-8, nested beyond reason, or text that no UTF-8 answer could repeat
            (half of a surrogate pair).
    """
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    return value
