"""The parts of an answer that are not its text. Pure."""

from __future__ import annotations

import msgspec


class Citation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source of an answer.

    url: a link a person can open (http or https), or empty.
    place: page or section, in the backend's words.
    """

    title: str
    url: str = ""
    excerpt: str = ""
    place: str = ""


class FileMessage(msgspec.Struct, frozen=True):
    """A file of an answer that goes out as a message of its own.

    media_id: DingTalk's name for its bytes.
    url: where it came from.
    """

    media_id: str
    name: str
    url: str


class Exchange(msgspec.Struct, frozen=True):
    """An earlier question of a session and its answer."""

    question: str
    answer: str
