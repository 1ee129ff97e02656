"""`--fault`: what it says, and which faults there are."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

from emulators.company import declare as declare_company_faults
from emulators.content_moderation import declare as declare_moderation_faults
from emulators.dingtalk import faults as dingtalk_faults
from emulators.faults import FaultBoard
from emulators.function_compute import fault_kinds
from emulators.kms import declare as declare_kms_faults
from emulators.rag_server import declare_every_fault
from emulators.tablestore.service import FAULTS

_FAULT = re.compile(r"(?P<name>[^=@]+)(?:=(?P<value>.*?))?(?:@(?P<often>[0-9.]+|once))?")


@dataclass(frozen=True)
class FaultOption:
    """A fault to have from the start; see `FaultBoard.switch_on`.

    count: how often it strikes; None: until it is switched off.
    """

    name: str
    value: str = ""
    probability: float = 1.0
    count: int | None = None

    def switch_on(self, board: FaultBoard) -> None:
        """Let it strike; raises UnknownFaultError when the board has no such fault."""
        board.switch_on(self.name, value=self.value, probability=self.probability, count=self.count)


def parse_fault(text: str) -> FaultOption:
    """An argparse type: reads `NAME[=VALUE][@PROBABILITY]`, or `@once`."""
    match = _FAULT.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME, NAME=VALUE, NAME@PROBABILITY or NAME@once.")
    if match["often"] == "once":
        return FaultOption(match["name"], match["value"] or "", count=1)
    try:
        probability = float(match["often"] or 1.0)
    except ValueError:
        probability = 0.0
    if not 0.0 < probability <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r}: the probability must be above 0 and at most 1.")
    return FaultOption(match["name"], match["value"] or "", probability)


def every_fault() -> FaultBoard:
    """A board that knows every emulator's faults, before there is any emulator."""
    board = FaultBoard()
    dingtalk_faults.declare(board)
    fault_kinds.declare(board)
    declare_kms_faults(board)
    declare_company_faults(board)
    declare_moderation_faults(board)
    declare_every_fault(board)
    for name, sentence in FAULTS.items():
        board.declare(name, sentence)
    return board
