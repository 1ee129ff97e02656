"""What the pages call the values that tables hold, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.html import el
from rag_on_dingtalk.console.web.icons import icon
from rag_on_dingtalk.console.web.layout import tag

if TYPE_CHECKING:
    from rag_on_dingtalk.console.web.html import Markup
    from rag_on_dingtalk.console.web.language import Say

#: Outcome of a question → words and colour; what stages reply with has their names.
OUTCOMES = {
    "answered": ("已回答", "Answered", "good"),
    "nothing_found": ("没找到", "Nothing found", "warn"),
    "failed": ("出错", "Failed", "bad"),
    "refused": ("没有权限", "Refused", "bad"),
    "stopped": ("已停止", "Stopped", ""),
    "commands": ("命令", "Command", ""),
    "limits": ("超出限额", "Over a limit", "warn"),
    "safety_in": ("内容被拦下", "Held back", "bad"),
    "skills": ("标准答案", "Curated", "good"),
}
#: FailureKind → words.
_FAILURES = {
    "unreachable": ("连不上知识库", "The knowledge base could not be reached"),
    "timeout": ("知识库超时", "The knowledge base took too long"),
    "upstream": ("知识库出错", "The knowledge base failed"),
    "busy": ("知识库太忙", "The knowledge base is busy"),
    "paused": ("知识库连续出错，暂停提问", "The knowledge base is left alone for a while"),
    "interrupted": ("回答中断", "The answer broke off"),
    "deadline": ("超过了最长时间", "It took longer than allowed"),
    "empty": ("知识库回答为空", "The answer was empty"),
    "config_auth": ("知识库拒绝了密钥", "The knowledge base refuses the key"),
    "config_target": ("知识库里没有这个应用或工作区", "The knowledge base has no such target"),
    "quota": ("知识库额度用完", "The knowledge base's quota is used up"),
}


def outcome(say: Say, value: str) -> Markup:
    """An outcome as a word with its colour."""
    zh, en, kind = OUTCOMES.get(value, (value, value, ""))
    return tag(say(zh, en) or "—", kind)


def failure(say: Say, value: str) -> str:
    """Why there is no answer."""
    return say(*_FAILURES.get(value, (value, value)))


def opinion(say: Say, value: str) -> Markup | str:
    """What the asker thought of it."""
    if value == "like":
        return el("span", icon("like", say("赞", "Liked")), class_="tag good")
    if value == "dislike":
        return el("span", icon("dislike", say("踩", "Disliked")), class_="tag bad")
    return ""


def yes(say: Say, holds: bool) -> Markup | str:  # noqa: FBT001 - a cell of a table
    """A tick, or nothing."""
    return icon("ok", say("是", "yes")) if holds else ""


def masked(say: Say, words: str) -> Markup:
    """Words that the visitor may not read, or has not asked to see."""
    if not words:
        return el("span", "—", class_="quiet")
    label = say("已隐藏，共 {n} 个字", "hidden, {n} characters", n=len(words))
    return el("span", "●" * min(len(words), 12), class_="masked", role="img", aria_label=label)


def person(names: dict[str, str], user: str) -> Markup | str:
    """A person by name and staff id."""
    name = names.get(user, "")
    if not name:
        return el("span", user or "—", class_="words")
    return el("span", name, " ", el("span", user, class_="quiet"), class_="words")
