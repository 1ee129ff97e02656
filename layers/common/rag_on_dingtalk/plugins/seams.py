"""What a class of one's own can be."""

from __future__ import annotations

import msgspec

#: The contract's version. A plug-in that says another one is refused.
API = 1


class Seam(msgspec.Struct, frozen=True):
    """A place that a plug-in fits into.

    noun: what it is there, in a sentence.
    methods: that it must have; `protocol` describes them. awaited: those of them that are `async def`.
    place: where bots.yaml names it, below the bot.
    group: under which a package may name its classes, for `plugins list` only; empty: none.
    """

    noun: str
    methods: tuple[str, ...]
    protocol: str
    place: str
    group: str = ""
    awaited: tuple[str, ...] = ()


BACKEND = Seam(
    noun="a backend",
    methods=("ask", "stop", "rate", "probe"),
    protocol="backends.base.Backend",
    place="backend",
    group="rag_on_dingtalk.backends",
)
MODERATION = Seam(
    noun="a moderation service",
    methods=("most", "judge"),
    awaited=("judge",),
    protocol="safety.moderation.service.ModerationService",
    place="safety.moderation",
    group="rag_on_dingtalk.moderation",
)
SKILL_CALL = Seam(
    noun="a skill's call",
    methods=("call",),
    awaited=("call",),
    protocol="knowledge.skills.skill.PythonCall",
    place="python",
)

SEAMS = (BACKEND, MODERATION, SKILL_CALL)
