"""What a person puts into one message: words, pictures in their midst, or a single file. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.dingtalk.pushing.mentioning import mentioned_in
from emulators.dingtalk.pushing.pushes import PRIVATE_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.dingtalk.organisation.people import Person
    from emulators.dingtalk.pushing.pushes import PushKind

#: Where a picture stands in the words: Unicode's "object replacement character".
PICTURE_PLACE = "\ufffc"
#: One grey pixel, for a picture whose bytes do not matter.
SAMPLE_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Saying:
    """One message as its sender wrote it.

    text: the words, each `PICTURE_PLACE` standing for the next picture; for audio what was recognised, for a
        file its name, for unknownMsgType what it is called.
    pictures: of a picture or richText. data: of audio, video or a file.
    mentioned: the people, robots apart, whose `@name` stands in the words.
    to_robot: in a group: the robot is mentioned.
    entries: of a chatRecord, whose title `text` is: who said what.
    """

    kind: PushKind
    text: str
    pictures: tuple[bytes, ...] = ()
    data: bytes = b""
    mentioned: tuple[Person, ...] = ()
    to_robot: bool = True
    entries: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """The words without the places of pictures."""
        if self.entries:
            return "\n".join((self.text, *(f"{name}：{words}" for name, words in self.entries)))
        return self.text.replace(PICTURE_PLACE, "") if self.pictures else self.text

    @property
    def runs(self) -> list[str | bytes]:
        """Words and pictures in the order they stand; pictures without a place come last."""
        waiting = list(self.pictures)
        runs: list[str | bytes] = []
        for number, words in enumerate(self.text.split(PICTURE_PLACE)):
            if number:
                runs.append(waiting.pop(0))
            if words:
                runs.append(words)
        return runs + waiting


def saying(
    text: str,
    *,
    is_group: bool,
    kind: PushKind | None = None,
    pictures: Sequence[bytes] = (),
    file: tuple[str, bytes] | None = None,
    people: Sequence[Person] = (),
    to_robot: bool = True,
    entries: Sequence[tuple[str, str]] = (),
) -> Saying:
    """Put a message together as DingTalk's client does.

    kind: None for what follows from the rest: a file, a picture alone, words with pictures (in a group every
        picture, because of the @), else a text. A picture that is not given is a pixel.
    file: name and content.
    people: those who can be mentioned in the words with `@name`, in a group.
    to_robot: in a group: the robot is mentioned, too.
    entries: what is forwarded, who said what; `text` is then the record's title.

    Raises:
        ValueError: these do not go into one message, or a kind that groups do not deliver.
    """
    kind = "chatRecord" if entries else kind or _kind(text, is_group=is_group, pictures=pictures, file=file)
    if kind == "chatRecord" and (not entries or pictures or file is not None):
        raise ValueError("A forwarded record consists of the messages it holds and nothing else.")
    if is_group and kind in PRIVATE_KINDS:
        raise ValueError(f"A group delivers no {kind} to a robot. Send it in a one-to-one chat.")
    if pictures and kind not in {"picture", "richText"}:
        raise ValueError(f"A {kind} message holds no pictures. Send them as richText.")
    if kind == "picture" and pictures and (len(pictures) > 1 or text):
        raise ValueError("A picture is sent alone. Send words and several pictures as richText.")
    if kind == "richText" and text.count(PICTURE_PLACE) > max(1, len(pictures)):
        raise ValueError("The words have places for more pictures than there are.")
    if file is not None:
        if text or kind != "file":
            raise ValueError("A file is sent alone, without words. Send them as a second message.")
        return Saying(kind, file[0], data=file[1])
    mentioned = mentioned_in(text, people) if is_group else ()
    if kind in {"picture", "richText"}:
        shown = tuple(pictures) or (SAMPLE_PICTURE,)
        return Saying(kind, text, shown, mentioned=mentioned, to_robot=to_robot)
    return Saying(kind, text, mentioned=mentioned, to_robot=to_robot, entries=tuple(entries))


def _kind(
    text: str, *, is_group: bool, pictures: Sequence[bytes], file: tuple[str, bytes] | None
) -> PushKind:
    if file is not None:
        return "file"
    if not pictures:
        return "text"
    return "picture" if len(pictures) == 1 and not text and not is_group else "richText"
