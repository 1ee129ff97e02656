"""When an experiment is stopped by itself."""

from __future__ import annotations

from typing import Annotated

import msgspec

from rag_on_dingtalk.settings.strict import Strict


class CanarySettings(Strict, frozen=True, kw_only=True):
    """What watches over a bot's experiments.

    guard: stops an experiment whose canary does worse, and tells the operators.
    margin_points: worse by more than this many percentage points of its questions, for certain: failures,
        nothing found, 👎, or all of them together.
    """

    guard: bool = True
    margin_points: Annotated[float, msgspec.Meta(gt=0, le=100)] = 10.0
