"""The faults that every product of this server honours, and the answer that suffers them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from emulators.rag_server.answering.answerers import Piece, ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from emulators.faults import FaultBoard

REFUSE = "knowledge.refuse"
GATEWAY = "knowledge.gateway"
UNAUTHORIZED = "knowledge.unauthorized"
NOT_FOUND = "knowledge.not_found"
ERROR_500 = "knowledge.error_500"
BUSY = "knowledge.busy"
STALL = "knowledge.stall"
THINK = "knowledge.think"
EMPTY = "knowledge.empty"
SLOW = "knowledge.slow"
BREAK = "knowledge.break"
ABORT = "knowledge.abort"
SPLIT = "knowledge.split"
RECUT = "knowledge.recut"
DAMAGE = "knowledge.damage"
OPEN = "knowledge.stays_open"

#: Every one is told in the product's own words: a busy model is a 429 here, an event in a 200 stream there.
SHARED_FAULTS = {
    REFUSE: "An API call's connection is dropped before any response.",
    GATEWAY: "A proxy in front answers an API call with a page of HTML; value: its status (502).",
    UNAUTHORIZED: "The key is refused.",
    NOT_FOUND: "What is asked (workspace, app or model) does not exist.",
    ERROR_500: "A question is answered with HTTP 500; value: another status (503).",
    BUSY: "The model's rate limit is reached.",
    STALL: "Nothing comes before the first piece for a while; value: seconds (30).",
    THINK: "The model thinks aloud before it answers.",
    EMPTY: "The model answers with nothing.",
    SLOW: "The pieces come slowly; value: seconds between two (1).",
    BREAK: "The connection is dropped midway through an answer; value: after how many pieces (5).",
    ABORT: "The model fails midway, said inside the answer; value: after how many pieces (5).",
    DAMAGE: "An event of a stream cannot be read; value: cut, glued, doubled, raw or plain (cut).",
    OPEN: "A stream's body is not ended after the last word; value: seconds between comments (0: none).",
    RECUT: "The pieces of an answer end elsewhere; value: characters in each (1).",
    SPLIT: "A stream's bytes come apart at odd places, amid characters; value: bytes at a time (7).",
}

RATE_LIMITED = "Rate limit reached for requests. Please try again later."
PREMATURE_CLOSE = "Premature close"
_THOUGHTS = ("员工问的是制度，", "先看手册里", "哪一份文件在生效。")


class BrokenConnectionError(Exception):
    """Raised in an answer stream to have its connection dropped."""


class FaultValueError(ValueError):
    """Raised when a fault strikes that was given a value it cannot use; the text says what to give it."""


def declare_faults(faults: FaultBoard) -> None:
    """Make the shared faults known to the board."""
    for name, sentence in SHARED_FAULTS.items():
        faults.declare(name, sentence)


async def suffering(
    pieces: AsyncGenerator[Piece, None], faults: FaultBoard, sleep: Callable[[float], Awaitable[None]]
) -> AsyncGenerator[Piece, None]:
    """The pieces of an answer with whatever faults strike it; raises ProviderError, BrokenConnectionError."""
    if faults.strikes(BUSY):
        raise ProviderError(RATE_LIMITED, status=429)
    empty = faults.strikes(EMPTY)
    stall = _seconds_or_pieces(faults, STALL, 30)
    slow = _seconds_or_pieces(faults, SLOW, 1)
    pieces = _recut(pieces, _seconds_or_pieces(faults, RECUT, 1))
    pieces = cut_short(pieces, _seconds_or_pieces(faults, BREAK, 5), BrokenConnectionError())
    pieces = cut_short(pieces, _seconds_or_pieces(faults, ABORT, 5), ProviderError(PREMATURE_CLOSE))
    if stall is not None:
        await sleep(stall)
    if faults.strikes(THINK):
        for thought in _THOUGHTS:
            yield Piece(thought, thought=True)
    if empty:
        return
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece
            if slow is not None:
                await sleep(slow)


async def _recut(pieces: AsyncGenerator[Piece, None], size: float | None) -> AsyncGenerator[Piece, None]:
    """The same words in pieces of `size` characters; None lets them be."""
    kept, most = "", max(int(size or 0), 1)
    async with aclosing(pieces):
        async for piece in pieces:
            if size is None or piece.thought:
                yield piece
                continue
            kept += piece.text
            while len(kept) >= most:
                yield Piece(kept[:most])
                kept = kept[most:]
    if kept:
        yield Piece(kept)


async def cut_short(
    pieces: AsyncGenerator[Piece, None], after: float | None, failure: Exception
) -> AsyncGenerator[Piece, None]:
    """The pieces; after that number of them, or at their end, the failure is raised. None lets them be."""
    sent = 0
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece
            sent += 1
            if after is not None and sent >= after:
                raise failure
    if after is not None:
        raise failure


def number(faults: FaultBoard, fault: str, otherwise: float) -> float | None:
    """The fault's value as a number if it strikes now; raises FaultValueError."""
    value = faults.take(fault)
    if value is None:
        return None
    try:
        return float(value or otherwise)
    except ValueError:
        raise FaultValueError(
            f"The fault {fault} was given {value!r}. Give it a number, or no value."
        ) from None


def _seconds_or_pieces(faults: FaultBoard, fault: str, otherwise: float) -> float | None:
    try:
        return number(faults, fault, otherwise)
    except FaultValueError as error:
        raise ProviderError(str(error)) from None
