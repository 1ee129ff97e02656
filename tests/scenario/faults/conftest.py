"""What the tests with killed instances share."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def no_garbage_left() -> Iterator[None]:
    """What a killed instance leaves open is closed before the next test."""
    yield
    gc.collect()
