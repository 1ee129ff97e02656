"""What both commands read from their command lines."""

from __future__ import annotations

import argparse

_HIGHEST_PORT = 65_535


def port(text: str) -> int:
    """An argparse type: a TCP port; 0 lets the system choose where that makes sense."""
    looks_right = text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST_PORT))
    if not looks_right or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 0 to {_HIGHEST_PORT}.")
    return int(text)
