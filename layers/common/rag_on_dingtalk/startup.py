"""Import this before everything else in a function: until `finish`, Python looks for no garbage.

What a function imports and builds at its start stays as long as the process. Python's collector would go
through all of it again and again while it grows, which is a tenth of async_answer's start, and later while
answers are in flight.
"""

from __future__ import annotations

import gc

gc.disable()


def finish() -> None:
    """Everything is built: from now on garbage is looked for among newer objects only."""
    gc.freeze()
    gc.enable()
