"""The command, run as `python -m rag_on_dingtalk cost …` runs it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.cli.operating import cost

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run() -> Callable[[str], None]:
    """Takes the words after `python -m rag_on_dingtalk`."""

    def _run(words: str) -> None:
        parser = argparse.ArgumentParser()
        cost.add(parser.add_subparsers(required=True))
        arguments = parser.parse_args(words.split())
        arguments.run(arguments)

    return _run
