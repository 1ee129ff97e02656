"""One interactive card: its variables, its state, and every change it went through. No I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.dingtalk.organisation.chats import Conversation
    from emulators.dingtalk.organisation.people import Person, RobotApp

#: The variable that carries the state in `cardParamMap`.
FLOW_STATUS = "flowStatus"
#: The documented recommendation for all of a streamed text; longer ones were seen as blank cards.
RECOMMENDED_CHARACTERS = 3_000


class CardState(str, Enum):
    """The states of an AI card; the value is its `flowStatus`."""

    PROCESSING = "1"
    INPUTING = "2"
    FINISHED = "3"
    EXECUTING = "4"
    FAILED = "5"


@dataclass(frozen=True)
class Frame:
    """One change of a card.

    at: seconds since the epoch.
    kind: a streaming call's `text`, `finalize` or `error`; `update` for `PUT /v1.0/card/instances`.
    text: the streamed variable afterwards.
    in_flight: streaming calls for this card being served when it arrived, itself included.
    """

    at: float
    kind: Literal["text", "finalize", "error", "update"]
    text: str
    guid: str = ""
    in_flight: int = 1


@dataclass(eq=False)
class Card:
    """A card instance.

    variable: name of the streamed variable.
    variables: the public `cardParamMap`.
    private: per userId, what only this person's card holds.
    conversations: where it was delivered; empty when every delivery failed.
    at_user_ids: who was notified. recipients: who may see it in a group; empty means everybody.
    carriers: by conversation id, what the delivery there is called (`carrierId`).
    callback_route_key: where clicks go; empty when the card was created without.
    by_stream: clicks go into one of the app's Stream connections instead.
    user_id_type: 1: people are named by userId, 2: by unionId.
    """

    out_track_id: str
    robot: RobotApp
    template_id: str
    variable: str
    created_at: float
    variables: dict[str, str] = field(default_factory=dict)
    private: dict[str, dict[str, str]] = field(default_factory=dict)
    callback_route_key: str = ""
    by_stream: bool = False
    user_id_type: int = 1
    at_user_ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    conversations: list[Conversation] = field(default_factory=list)
    carriers: dict[str, str] = field(default_factory=dict)
    state: CardState = CardState.PROCESSING
    frames: list[Frame] = field(default_factory=list)
    _guids: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._follow_flow_status(self.variables)

    @property
    def conversation(self) -> Conversation | None:
        """Where it is shown; the first place when there are several."""
        return self.conversations[0] if self.conversations else None

    @property
    def text(self) -> str:
        """The streamed variable now."""
        return self.variables.get(self.variable, "")

    @property
    def question(self) -> str:
        """The variable `question`, as many templates have it."""
        return self.variables.get("question", "")

    @property
    def closed(self) -> bool:
        """Finished or failed: nothing moves any more."""
        return self.state in {CardState.FINISHED, CardState.FAILED}

    def user_key(self, person: Person) -> str:
        """The id this card knows the person by, as chosen with `userIdType` at its creation."""
        return person.union_id if self.user_id_type == 2 else person.staff_id

    def seen_by(self, user_id: str) -> dict[str, str]:
        """The variables as this person's card shows them."""
        return {**self.variables, **self.private.get(user_id, {})}

    def stream(self, frame: Frame) -> list[str]:
        """Take one streaming frame; returns the rules it broke, in words.

        A guid seen before changes nothing. A frame for a closed card is accepted without effect and reported:
        what DingTalk does then is not documented, so a bot must not come to depend on either outcome.
        """
        if frame.guid in self._guids:
            if self._guids[frame.guid] == frame.text:
                return []
            return [f"guid {frame.guid} was used before for another text; every frame needs its own"]
        self._guids[frame.guid] = frame.text
        if self.closed:
            return [f"the card is already {self.state.name}; a {frame.kind} frame came after it"]
        broken = []
        if frame.in_flight > 1:
            broken.append(f"{frame.in_flight} frames in flight at once; their order is not promised")
        if len(frame.text) > RECOMMENDED_CHARACTERS:
            broken.append(
                f"{len(frame.text)} characters; above {RECOMMENDED_CHARACTERS} cards were seen to turn blank"
            )
        self.variables[self.variable] = frame.text
        self.state = {
            "text": CardState.INPUTING,
            "finalize": CardState.FINISHED,
            "error": CardState.FAILED,
        }[frame.kind]
        self.frames.append(frame)
        return broken

    def update(self, at: float, variables: Mapping[str, str], *, by_key: bool) -> Frame:
        """Overwrite the public variables, or merge them in when `by_key`; `flowStatus` moves the state."""
        self.variables = {**self.variables, **variables} if by_key else dict(variables)
        self._follow_flow_status(variables)
        frame = Frame(at, "update", self.text)
        self.frames.append(frame)
        return frame

    def update_private(self, user_id: str, variables: Mapping[str, str], *, by_key: bool) -> None:
        """Overwrite one person's variables, or merge them in when `by_key`."""
        kept = self.private.get(user_id, {}) if by_key else {}
        self.private[user_id] = {**kept, **variables}

    def _follow_flow_status(self, variables: Mapping[str, str]) -> None:
        if FLOW_STATUS in variables:
            self.state = CardState(variables[FLOW_STATUS])
