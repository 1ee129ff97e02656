"""Pictures and files: what people sent, behind download codes, and what robots uploaded, behind media ids.

No I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.organisation.people import RobotApp

#: The `type` of an upload.
MediaType = Literal["image", "voice", "video", "file"]
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))


@dataclass(frozen=True, eq=False)
class SentFile:
    """A picture or file in a person's message, for the one robot it was sent to.

    name: empty for a picture.
    """

    code: str
    robot: RobotApp
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, eq=False)
class Upload:
    """A file that a robot uploaded.

    type: as the robot said. name: the file's, as given in the form. robot: the bot's name. at: seconds.
    """

    media_id: str
    type: MediaType
    name: str
    data: bytes = field(repr=False)
    robot: str
    at: float


class Media:
    """Everything sent and uploaded; nothing is ever forgotten.

    The same bytes uploaded twice are two uploads: nothing promises that DingTalk recognises them.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._sent: dict[str, SentFile] = {}
        self._uploads: dict[str, Upload] = {}

    @property
    def uploads(self) -> list[Upload]:
        """What robots uploaded, oldest first."""
        return list(self._uploads.values())

    def send(self, data: bytes, robot: RobotApp, *, name: str = "") -> SentFile:
        """Keep what a person sends; its code is good for this robot."""
        sent = SentFile(f"dc{self._new_id()}", robot, name, data)
        self._sent[sent.code] = sent
        return sent

    def sent(self, code: str) -> SentFile | None:
        """What stands behind a `downloadCode` or `pictureDownloadCode`."""
        return self._sent.get(code)

    def upload(self, kind: MediaType, name: str, data: bytes, *, robot: str, at: float) -> Upload:
        """Keep what a robot uploads."""
        upload = Upload(f"@lAD{self._new_id()}", kind, name, data, robot, at)
        self._uploads[upload.media_id] = upload
        return upload

    def find(self, media_id: str) -> Upload | None:
        """An upload by its media id."""
        return self._uploads.get(media_id)
