"""DingTalk's patience, stretched for a machine that does much besides.

DingTalk gives a callback 2.5 s. On a busy machine a cold one takes longer, its push is lost, and a test of
something else fails. `tests/bench` measures a cold callback; the emulators' tests show that a late one
is lost.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk.pushing import clicks, delivery, events

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 120.0


@contextmanager
def patient_pushes() -> Iterator[None]:
    """Pushes wait for their answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "PUSH_LIMIT_S", _SECONDS)
        patch.setattr(events, "PUSH_LIMIT_S", _SECONDS)
        patch.setattr(clicks, "CLICK_LIMIT_S", _SECONDS)
        yield
