"""What a stage that ends the pipeline hands to delivery."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation, FileMessage


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply.

    parts: markdown, in the order it is sent: the first is for the card, if there is one; the others are
        messages. files follow them.
    on_card: False for what is said without a card, such as the reply to a command.
    without_card: takes the place of the first part where there is no card, and so no buttons; empty: nothing
        does.
    at_once: it was there before any card: a card is created with it, as far as one may be.
    extras: buttons below the answer beside the usual ones: `fresh` asks the backend anew.
    failure: why the answer is missing or incomplete.
    answer: the answer's own words, for the record. nothing_found: the documents held no answer.
    suggestions: questions the person may ask next with a tap.
    refused: the route that the asker was refused and may ask for access to.
    offer: which further buttons the card has: `request` or `approve`.
    private: for the asker alone, also where the question came from a group.
    silent: there is nothing to say; `parts` are empty.
    first_piece, first_frame: milliseconds since the invocation began, -1 if it never came.
    """

    parts: tuple[str, ...]
    on_card: bool = True
    without_card: str = ""
    at_once: bool = False
    extras: tuple[str, ...] = ()
    failure: FailureKind | None = None
    answer: str = ""
    citations: tuple[Citation, ...] = ()
    files: tuple[FileMessage, ...] = ()
    suggestions: tuple[str, ...] = ()
    nothing_found: bool = False
    backend_message_id: str = ""
    first_piece: int = -1
    first_frame: int = -1
    refused: str = ""
    offer: str = ""
    private: bool = False
    silent: bool = False
