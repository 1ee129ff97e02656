"""From what was typed and answered to docs/first-deployment.md and its Chinese twin."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import yaml

from devserver.newcomer.steps import LAST, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Language = Literal["en", "zh"]

PAGES: dict[Language, str] = {"en": "first-deployment.md", "zh": "first-deployment.zh-CN.md"}

#: Colours and the like.
_CONTROLS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: What a machine's own settings make pip say.
_OF_THE_MACHINE = re.compile(r"^(WARNING: Location|Looking in|\[notice\]).*$")
_SHORT = 10


class Done(msgspec.Struct, frozen=True):
    """A step that was carried out, and its output."""

    step: Step
    output: str
    seconds: float


@lru_cache
def words(key: str, language: Language) -> str:
    """What words.yaml says."""
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    every: dict[str, dict[str, str]] = yaml.safe_load(text)
    return every[key][language]


def tidied(output: str, addresses: Mapping[str, str]) -> str:
    """Output without this machine in it.

    addresses: what stands there → what is written instead; of two that fit the longer one counts.
    """
    longest_first = "|".join(re.escape(here) for here in sorted(addresses, key=len, reverse=True))
    output = re.sub(longest_first, lambda found: addresses[found[0]], output) if addresses else output
    lines = [_CONTROLS.sub("", line.rstrip()) for line in output.splitlines()]
    return "\n".join(line for line in lines if not _OF_THE_MACHINE.match(line)).strip("\n")


def page(done: Sequence[Done], language: Language) -> str:
    """The document."""
    parts = [f"# {words('title', language)}", words("twin", language), words("about", language)]
    for number, one in enumerate(done, 1):
        took = words("took", language).format(seconds=_rounded(one.seconds))
        item = f"{number}. "
        parts += [f"{item}{words(one.step.key, language)} ({took})", _block(one, " " * len(item))]
    total = words("total", language).format(seconds=_rounded(sum(one.seconds for one in done)))
    parts += [total, f"```\n{LAST}\n```", words("end", language)]
    return "\n\n".join(parts) + "\n"


def _block(done: Done, indent: str) -> str:
    """The command and its output, as part of a list's item."""
    lines = done.output.splitlines()
    first, last = done.step.first, done.step.last
    if len(lines) > first + last + 1:
        lines = [*lines[:first], f"[… {len(lines) - first - last} lines …]", *lines[-last:]]
    body = "\n".join(f"{indent}{line}".rstrip() for line in (f"$ {done.step.command}", *lines))
    return f"{indent}```console\n{body}\n{indent}```"


def _rounded(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < _SHORT else f"{seconds:.0f}"
