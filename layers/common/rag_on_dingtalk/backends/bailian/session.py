"""How long the cloud keeps a session, and what of it the bot remembers."""

from __future__ import annotations

import msgspec

#: The cloud keeps a session for an hour after its last turn, and for 50 turns.
SESSION_SECONDS = 55 * 60
SESSION_TURNS = 50


class Session(msgspec.Struct, frozen=True):
    """The cloud's session with what decides how long it lasts; travels as `Ask.conversation_id`.

    used: seconds since the epoch.
    """

    id: str = ""
    turns: int = 0
    used: int = 0

    @classmethod
    def read(cls, conversation_id: str) -> Session:
        """The session that was written as `conversation_id`."""
        try:
            return msgspec.json.decode(conversation_id, type=cls)
        except msgspec.DecodeError:
            return cls()

    def continued(self, now: float) -> Session:
        """This session with one more turn, or a new one if the cloud has forgotten it."""
        lasts = self.turns < SESSION_TURNS and now - self.used < SESSION_SECONDS
        return Session(self.id if lasts else "", self.turns + 1 if lasts else 1, int(now))

    def written(self, session_id: str) -> str:
        """As conversation id, under the name that the cloud gives it now."""
        return msgspec.json.encode(msgspec.structs.replace(self, id=session_id)).decode()
