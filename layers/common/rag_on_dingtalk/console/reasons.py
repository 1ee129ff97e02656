"""Why a decision fell as it did, and what a rule asks for, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.layout import tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.access.decision import Decision
    from rag_on_dingtalk.console.web.html import Markup
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.settings.sections.access import Subjects

_WHY = {
    "open": ("这条线路没有规则限制，谁都可以用", "no rule restricts this route"),
    "allow": ("有规则允许", "a rule allows it"),
    "grant": ("有临时授权", "a grant allows it"),
    "deny": ("有规则拒绝，拒绝优先", "a rule denies it, and deny wins"),
    "not_allowed": (
        "规则允许了别人，其中没有这个人",
        "others are allowed, and this person is not among them",
    ),
    "least_rights": (
        "现在查不到通讯录，而有规则可能拒绝，所以先不放行",
        "the directory could not be asked, and a rule may deny it",
    ),
    "no_route": ("没有一条线路接这个问题", "no route takes this question"),
}  # fmt: skip


def why(say: Say, decision: Decision) -> str:
    """The reason in words."""
    return say(*_WHY[decision.reason])


def verdict(say: Say, decision: Decision) -> Markup:
    """Allowed or refused."""
    if decision.allowed:
        return tag(say("可以", "Allowed"), "good")
    return tag(say("不可以", "Refused"), "bad")


def told(say: Say, subjects: Subjects, names: Mapping[int, str]) -> str:
    """Whom a rule is about. names: of departments."""
    parts = []
    if subjects.users:
        parts.append(say("这些人：{who}", "these people: {who}", who="、".join(subjects.users)))
    if subjects.departments:
        listed = "、".join(
            f"{names.get(one, '')}（{one}）" if one in names else str(one) for one in subjects.departments
        )
        parts.append(
            say("这些部门（含下级）：{who}", "these departments with those below: {who}", who=listed)
        )
    if subjects.roles:
        parts.append(say("这些角色：{who}", "these roles: {who}", who="、".join(subjects.roles)))
    if subjects.groups:
        parts.append(say("在这些群里：{who}", "in these groups: {who}", who="、".join(subjects.groups)))
    if subjects.chat is not None:
        parts.append(
            say("在群里", "in a group") if subjects.chat == "group" else say("在单聊里", "in a private chat")
        )
    if subjects.external is not None:
        parts.append(
            say("组织外的人", "people outside") if subjects.external else say("组织内的人", "members")
        )
    return say("，并且 ", ", and ").join(parts) or say("所有人", "everyone")
