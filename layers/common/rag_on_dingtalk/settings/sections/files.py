"""Pictures and files, in questions and in answers, as settings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.strict import Strict

#: DingTalk takes no larger ones.
_MOST_MEGABYTES = 20


class FileSettings(Strict, frozen=True, kw_only=True):
    """Pictures and files, in questions and in answers.

    accept: what a person may send along: `pictures`, `documents`; the backend has to understand it.
    megabytes: the most that all files of one question may have together, and each one of an answer.
    origins: scheme and host of addresses that an answer's pictures and files may be fetched from besides the
        backend's own and public ones, for example `https://files.intra.example.com`.
    """

    accept: tuple[Literal["pictures", "documents"], ...] = ("pictures", "documents")
    megabytes: Annotated[float, msgspec.Meta(gt=0, le=_MOST_MEGABYTES)] = 10.0
    origins: tuple[str, ...] = ()
