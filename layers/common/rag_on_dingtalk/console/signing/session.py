"""A session: who is signed in, since when, and when they last proved it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.console.signing.signer import Signer

IDLE_MS = 30 * 60_000
LONGEST_MS = 8 * 3_600_000
#: An owner's act needs a sign-in that is younger.
FRESH_MS = 10 * 60_000
#: The cookie is written anew when it is older, and not with each request.
RENEW_MS = 60_000

_PURPOSE, _FORM = "session", "form"


class Session(msgspec.Struct, frozen=True, array_like=True):
    """What the cookie says.

    id: of the row in `console_sessions`. user: staff id.
    started_ms, seen_ms, confirmed_ms: signed in, last request, last proof of who it is; since the epoch.
    """

    id: str
    user: str
    name: str
    started_ms: int
    seen_ms: int
    confirmed_ms: int

    def holds(self, now_ms: int) -> bool:
        """Neither idle for too long nor too old; a cookie from the future is neither ours nor right."""
        return (
            now_ms - self.seen_ms < IDLE_MS
            and now_ms - self.started_ms < LONGEST_MS
            and self.started_ms <= self.seen_ms
        )

    def fresh(self, now_ms: int) -> bool:
        """Young enough for an owner's act."""
        return now_ms - self.confirmed_ms < FRESH_MS

    def seen(self, now_ms: int) -> Session:
        """The same after a request."""
        return msgspec.structs.replace(self, seen_ms=now_ms)


def to_cookie(session: Session, signer: Signer) -> str:
    """The cookie's value."""
    return signer.sign(_PURPOSE, msgspec.json.encode(session))


def from_cookie(value: str, signer: Signer, now_ms: int) -> Session | None:
    """The session that a cookie says; None where it is not ours, or over."""
    content = signer.opened(_PURPOSE, value)
    if content is None:
        return None
    try:
        session = msgspec.json.decode(content, type=Session)
    except msgspec.DecodeError:
        return None
    return session if session.holds(now_ms) else None


def form_token(session: Session, signer: Signer) -> str:
    """What a form of this session carries, so that no other site's page can send it."""
    return signer.token(_FORM, session.id)


def form_fits(session: Session, signer: Signer, token: str) -> bool:
    """Whether a form is of this session."""
    return signer.fits(_FORM, session.id, token)
