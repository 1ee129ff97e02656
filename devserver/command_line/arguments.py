"""Types of what the commands read from their command lines."""

from __future__ import annotations

import argparse

_HIGHEST_PORT = 65_535


def port(text: str) -> int:
    """An argparse type: a TCP port; 0 lets the system choose where that makes sense."""
    looks_right = text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST_PORT))
    if not looks_right or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 0 to {_HIGHEST_PORT}.")
    return int(text)


def whole_number(text: str) -> int:
    """An argparse type: 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number.")
    return int(text)


def number_above_zero(text: str) -> int:
    """An argparse type: 1 or more."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0.")
    return int(text)
