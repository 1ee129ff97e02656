"""DingTalk's patience and the asker's, stretched for a machine that does much besides.

DingTalk gives a callback 2.5 s. On a busy machine a cold one takes longer, its push is lost, and a test of
something else fails. `tests/bench` measures a cold callback; the emulators' tests show that a late one
is lost. A bot answers by message when too many people ask at once and a card would come late: on a busy
machine one question is enough for that. `tests/unit/worker/test_crowd.py` has that rule. It leaves out a note
where other calls fill the second, as those of the test before may do; `tests/unit/delivery` has that one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from emulators.dingtalk.pushing import clicks, delivery, events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.settings.bot import Bot, Bots

_SECONDS = 120.0
#: More than any test makes in a second.
_CALLS = 10_000


@contextmanager
def patient_pushes() -> Iterator[None]:
    """Pushes wait for their answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "PUSH_LIMIT_S", _SECONDS)
        patch.setattr(events, "PUSH_LIMIT_S", _SECONDS)
        patch.setattr(clicks, "CLICK_LIMIT_S", _SECONDS)
        yield


def patient_bots(bots: Bots) -> Bots:
    """Each answer waits for its card, however long that takes, and no second has too few calls."""
    return msgspec.structs.replace(bots, bots={name: _patient(bot) for name, bot in bots.bots.items()})


def _patient(bot: Bot) -> Bot:
    budget = msgspec.structs.replace(bot.dingtalk.budget, card_wait_seconds=None, calls_per_second=_CALLS)
    return msgspec.structs.replace(bot, dingtalk=msgspec.structs.replace(bot.dingtalk, budget=budget))
