"""Import this first where a cold start counts: it loads msgspec without `typing_extensions`.

msgspec takes that module where it is installed and `typing` where it is not; for what is used here the two
are the same. But it brings `inspect`, `ast`, `dis` and `tokenize` along: half of what importing msgspec costs
and an eighth of the callback's cold start (`make bench`).
"""

from __future__ import annotations

import sys

_UNUSED = "typing_extensions"

if _UNUSED not in sys.modules:
    # None makes an import fail; taken away again, a later import that needs the module gets it.
    sys.modules[_UNUSED] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401 - for its effect
    finally:
        del sys.modules[_UNUSED]
