"""The Tablestore SDK, imported quietly: off Python 3.12 it warns that its native codec does not load."""

from __future__ import annotations

import logging

logging.getLogger("tablestore").setLevel(logging.ERROR)

import tablestore  # noqa: E402 - the logger comes first

__all__ = ["tablestore"]
