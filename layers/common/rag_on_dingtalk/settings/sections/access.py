"""Who may ask what, as settings: routes to the named backends, rules, roles, and rights that end."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.strict import Count, Strict

#: A name of a route, a rule or a backend: it is typed into commands and shown to people.
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[^\s@/,，、:：]+$")]
_Percent = Annotated[int, msgspec.Meta(ge=1, le=99)]


class QuestionWords(Strict, frozen=True, kw_only=True):
    """What a question must look like; all that is given must hold.

    words: it contains one of these, in upper or lower case.
    regex: one of these regular expressions is found in its first 500 characters, in upper or lower case.
    longer_than: it has more characters than this.
    code: it holds code, a query, a command or an error's trace; `false`: none.
    table: it holds a table; `false`: none.
    several_questions: it asks several things at once; `false`: one.
    files: pictures or files came with it; `false`: none.
    depth: this many questions or more were asked in the conversation before it.
    """

    words: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    longer_than: Annotated[int, msgspec.Meta(ge=0)] = 0
    code: bool | None = None
    table: bool | None = None
    several_questions: bool | None = None
    files: bool | None = None
    depth: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0


class Subjects(Strict, frozen=True, kw_only=True):
    """Whom a rule is about: everything that is given must hold, and in a list one entry is enough.

    users: staff ids.
    roles: of DingTalk's directory, by id or by name.
    departments: ids; a department's members include those of every department below it.
    groups: conversation ids (`cid…`); in a rule that allows they only narrow it.
    chat: asked in a private chat or in a group.
    external: people outside the organisation, or only those inside.
    """

    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    chat: Literal["private", "group"] | None = None
    external: bool | None = None


class When(Subjects, frozen=True, kw_only=True):
    """Which questions a route takes: everything that is given must hold, and in a list one entry is enough.

    users: staff ids.
    roles: of DingTalk's directory, by id or by name.
    departments: ids; a department's members include those of every department below it.
    groups: conversation ids (`cid…`).
    chat: asked in a private chat or in a group.
    external: people outside the organisation, or only those inside.
    question: what the question itself must look like.
    percent: of the people who fit, this part, always the same ones.
    """

    question: QuestionWords | None = None
    percent: _Percent | None = None


class Route(Strict, frozen=True, kw_only=True):
    """One way to an answer.

    Of the routes that take a question, one that names the asker goes first, then the one with the nearest
    department, then the one written first.

    name: what rules, commands and refusals call it.
    use: the backend that answers, by its name in `backends`.
    when: which questions it takes; empty: all.
    experiment: of which experiment it is the canary; a route with `percent` is one by its own name. A new
        name draws anew. The access rules and grants of the route that it stands in for hold for it, too.
    tier: of routes that know the same, the one with the higher number thinks harder and costs more. A
        conversation goes up only; when a backend fails, another tier is asked once.
    """

    name: Name
    use: Name
    when: When = When()
    experiment: Name | None = None
    tier: Annotated[int, msgspec.Meta(ge=1, le=9)] | None = None

    @property
    def of_experiment(self) -> str:
        """The name of its experiment; empty: it is part of none."""
        return self.experiment or (self.name if self.when.percent is not None else "")


class AccessRule(Strict, frozen=True, kw_only=True):
    """One rule: allow or deny. Deny wins; where a rule allows a route, those it does not allow are refused.

    name: what refusals and the log call it; empty: its kind and position, such as `allow-2`.
    allow: who may; `{}` is everyone.
    deny: who may not, whatever else allows it.
    routes: which routes it is about; empty: all.
    quiet: those denied get no answer at all.
    """

    name: str = ""
    allow: Subjects | None = None
    deny: Subjects | None = None
    routes: tuple[Name, ...] = ()
    quiet: bool = False

    @property
    def subjects(self) -> Subjects:
        """Whom it is about."""
        return self.allow or self.deny or Subjects()


class RoleHolders(Strict, frozen=True, kw_only=True):
    """Who runs the bot, by staff id. Everyone else is an asker.

    owner: gives and takes rights, decides on requests for access.
    curator: looks after what is answered.
    operator: looks after the service, and reads no questions.
    auditor: reads what happened, and changes nothing.
    """

    owner: tuple[str, ...] = ()
    curator: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    auditor: tuple[str, ...] = ()


class GrantSettings(Strict, frozen=True, kw_only=True):
    """Rights that end.

    longest_days: for no longer than this is a right given.
    """

    longest_days: Count = 30


class DirectorySettings(Strict, frozen=True, kw_only=True):
    """What is kept of DingTalk's directory.

    hours: a person's departments and roles are looked up again after this; events drop them at once.
    """

    hours: Annotated[float, msgspec.Meta(gt=0, le=24)] = 24.0
