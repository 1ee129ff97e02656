"""One signature carries a few bodies, not any number.

DingTalk's signatures of robot messages and of clicks cover a timestamp in milliseconds and no body, so the
captured headers of one request would carry any body until the timestamp is stale. DingTalk signs each push
anew; only pushes of the same millisecond share a signature, and repeats of one message. A department that
asks at once shares milliseconds, and does so at once: later, a signature with a new body is a captured one.
"""

from __future__ import annotations

from _thread import allocate_lock

#: Different bodies that a signature may have carried altogether, once it is older than FRESH_MS.
MOST_BODIES = 4
#: And before: more of one app's pushes in one millisecond are not to be expected.
MOST_AT_ONCE = 16
#: DingTalk waits 2.5 s for the answer to a push; a genuine one is not older, but for what the clocks differ.
FRESH_MS = 5_000
#: Signatures of which an instance knows what they have carried, the newest ones.
_REMEMBERED = 2_000


class ReplayLimit:
    """Counts, in this instance's memory, what each signature has carried.

    Another instance counts for itself: the callback has no store that it could ask in time.
    """

    def __init__(self, *, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._carried: dict[str, tuple[int, ...]] = {}
        self._counting = allocate_lock()

    def admits(self, signature: str, *identity: str, age_ms: int) -> bool:
        """Whether a body may be taken that came with this signature.

        signature: a valid one; anything else would fill the memory.
        identity: what is the same when the same message or click comes again.
        age_ms: how long ago the push was signed.
        """
        # Not the identity itself: the sender of the body chose its length.
        body = hash(identity)
        with self._counting:
            carried = self._carried.get(signature, ())
            if body in carried:
                return True
            if len(carried) >= (MOST_AT_ONCE if abs(age_ms) <= FRESH_MS else MOST_BODIES):
                return False
            self._carried[signature] = (*carried, body)
            while len(self._carried) > self._remembered:
                del self._carried[next(iter(self._carried))]
            return True
