"""The acts that are recorded, by name. Names are added, never changed or reused. Pure."""

from __future__ import annotations

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """What an act is.

    meaning: for docs/events.md.
    sensitive: a WARNING in the log, on which an alarm can be set, each time it is done.
    """

    meaning: str
    sensitive: bool = False


def _told(meaning: str) -> Kind:
    return Kind(meaning, sensitive=True)


ACTS: dict[str, Kind] = {
    "settings.changed": _told("bots.yaml differs from what was deployed before; `detail` says in what"),
    "policy.changed": _told("rules of access, limits or safety were changed"),
    "grant.given": _told("a person was given a right for a time"),
    "grant.taken": _told("a right that was given was taken back"),
    "grant.asked": Kind("a person asked for a right"),
    "grant.rejected": Kind("an owner did not approve a request for a right"),
    "question.refused": Kind("a question was not answered because of a rule"),
    "refused.often": _told("a person was refused many times within an hour"),
    "filter.off": _told("a filter of words or moderation was switched off"),
    "cache.cleared": Kind("cached answers were dropped"),
    "person.muted": Kind("a person or group is not answered for a time"),
    "session.stopped": Kind("an answer was stopped by a person who did not ask"),
    "answer.curated": Kind("an answer written by people was made, changed or withdrawn"),
    "evaluation.started": Kind("golden questions are asked of a backend, or the rest of them"),
    "evaluation.stopped": Kind("a run of golden questions was stopped"),
    "gap.ignored": Kind("a gap of the documents is to be shown no more"),
    "question.passed_on": Kind("a question was passed on to experts"),
    "expert.answered": Kind("an expert has answered a question that was passed on"),
    "incident.acknowledged": Kind("an operator has taken an incident"),
    "incident.muted": Kind("an operator has silenced an incident"),
    "canary.stopped": _told(
        "an experiment was stopped, by a person or by its guard: stable answers everyone"
    ),
    "canary.promoted": _told("an experiment's canary answers everyone who fits"),
    "canary.started": _told("an experiment draws people again, and counts anew"),
    "card.registered": Kind("the address for clicks on cards was registered at DingTalk"),
    "tables.created": Kind("tables were made"),
    "data.exported": _told("questions, answers or feedback were exported"),
    "audit.read": _told("the audit was exported"),
    "question.read": _told("the words of a question were shown to an operator"),
    "secret.read": _told("a secret was read by a person"),
    "session.opened": Kind("a person signed in to the console"),
    "first.at_night": _told("a person did a sensitive act between 22:00 and 06:00 for the first time"),
    "behaviour.unusual": _told("a person's questions differ from their last 14 days by six MAD or more"),
}


def is_sensitive(act: str) -> bool:
    """Whether it is told at once; an act without a name here is."""
    kind = ACTS.get(act)
    return kind is None or kind.sensitive
