"""Skills, experts and gaps, as settings."""

from __future__ import annotations

from typing import Annotated

import msgspec

from rag_on_dingtalk.settings.strict import Strict


class SkillSettings(Strict, frozen=True, kw_only=True):
    """What the bot answers without its backend.

    files: files of skills, relative to `bots.yaml`, such as `skills/hr.yaml`.
    curated: also answers by what people have written in chat or on the console: the table `curated`.
    origins: scheme and host of the APIs that skills may call, for example `https://hr.intra.example.com`;
        they may be private, and a skill that calls another one is refused.
    """

    files: tuple[str, ...] = ()
    curated: bool = False
    origins: tuple[str, ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether there can be any skill."""
        return bool(self.files) or self.curated


class GapSettings(Strict, frozen=True, kw_only=True):
    """What is done about questions that the documents do not answer.

    cards: how many gaps the operators' group gets as a card with the daily report; 0: none.
    days: over how many days questions are brought together.
    tell_askers: when an answer is written for a gap, those who had asked are told; needs `keep_questions`.
    """

    cards: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    days: Annotated[int, msgspec.Meta(ge=1, le=31)] = 7
    tell_askers: bool = False
