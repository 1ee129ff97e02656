"""What one run of setup is told, and what it reaches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.setup.asking.answers import Person
from rag_on_dingtalk.setup.cloud.steps import Confirm


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What setup was told to do.

    root: the checkout, with infra/policies. folder: where the files go.
    url: the callback's address without a path, once it is known.
    dry: change nothing. by_hand: print commands in place of calling the cloud.
    doctor: look at DingTalk and the knowledge base, too.
    """

    root: Path
    folder: Path
    url: str = ""
    dry: bool = False
    by_hand: bool = False
    doctor: bool = True
    flags: Mapping[str, str]
    answers: Mapping[str, str]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What setup reaches.

    person: asked at the terminal; None: there is none, and the defaults are taken.
    say: told every line. sleep: seconds → waits. make: a number → that many random letters and digits.
    run: names what comes and goes, never used before.
    """

    environ: Mapping[str, str]
    web: Web
    person: Person | None
    confirm: Confirm
    say: Callable[[str], None]
    sleep: Callable[[float], Awaitable[None]]
    make: Callable[[int], str]
    run: str
