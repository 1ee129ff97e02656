"""Experiments: which arm a question belongs to, and how an experiment stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

#: canary: the experiment's own routes answer. stable: the question would have fitted, another route answers.
Arm = Literal["stable", "canary"]
#: running: people are drawn. stopped: stable answers everyone. promoted: the canary answers all who fit.
State = Literal["running", "stopped", "promoted"]

CANARY: Arm = "canary"
STABLE: Arm = "stable"

#: A name of an experiment has neither of the two.
_BETWEEN, _OF = ",", ":"


class ExperimentStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one experiment stands, as it was decided last.

    by: the staff id of who decided, or `guard`; empty: nothing was decided yet.
    at_ms: when, milliseconds since the epoch.
    why: of the guard: the numbers, never a word of a question.
    told: whether the operators know of it.
    """

    state: State = "running"
    by: str = ""
    at_ms: int = 0
    why: str = ""
    told: bool = True


def arm_text(arms: Mapping[str, Arm]) -> str:
    """The arms of one question as one text, the same for the same arms; empty: no experiment.

    >>> arm_text({"new-handbook": "canary", "short": "stable"})
    'new-handbook:canary,short:stable'
    """
    return _BETWEEN.join(f"{name}{_OF}{arm}" for name, arm in sorted(arms.items()))


def arms_of(text: str) -> dict[str, Arm]:
    """The arms by experiment, from `arm_text`; what is no arm is passed over.

    >>> arms_of("new-handbook:canary,short:stable")
    {'new-handbook': 'canary', 'short': 'stable'}
    """
    pairs = (part.rpartition(_OF) for part in text.split(_BETWEEN))
    return {name: arm for name, _, arm in pairs if name and arm in (STABLE, CANARY)}
