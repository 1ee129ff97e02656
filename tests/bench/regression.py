"""Ratios of this run beside those that are kept: a machine differs, a ratio should not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = Path(__file__).with_name("ratios.json")
#: A ratio that has grown by more than this fails.
MOST = 0.15


def keep(ratios: Mapping[str, float], file: Path = KEPT) -> None:
    """Write them down for later runs."""
    rounded = {name: round(value, 3) for name, value in sorted(ratios.items())}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=2) + b"\n")


def regressions(ratios: Mapping[str, float], file: Path = KEPT) -> list[str]:
    """What has grown by more than `MOST`, in words; a ratio that is new is compared with nothing."""
    kept = msgspec.json.decode(file.read_bytes(), type=dict[str, float]) if file.exists() else {}
    return [
        f"{name}: {value:.2f} where {kept[name]:.2f} was kept"
        for name, value in sorted(ratios.items())
        if name in kept and value > kept[name] * (1 + MOST)
    ]
