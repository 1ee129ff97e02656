"""The form of a run: a name, a route, another to compare with, and the questions, one a line."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.layout import choice, field, hidden, note
from rag_on_dingtalk.evaluation.lines import MOST_QUESTIONS, SENTENCES, read_lines

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.evaluation.golden import GoldenQuestion
    from rag_on_dingtalk.evaluation.lines import Mistake
    from rag_on_dingtalk.knowledge.evaluation_work import EvaluationWork
    from rag_on_dingtalk.settings.bot import Bot

_LONGEST_NAME, _SHOWN_MISTAKES = 60, 20
#: What spreadsheets and chat clients leave between words; line ends and tabs divide cells and stay.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class Wanted:
    """What is to be asked.

    name: of the list. route: whose backend; against: empty, or another route to compare with.
    text: the lines.
    """

    def __init__(self, name: str = "", route: str = "", against: str = "", text: str = "") -> None:
        self.name = name
        self.route = route
        self.against = against if against != route else ""
        self.text = text

    @classmethod
    def of(cls, work: EvaluationWork) -> Wanted:
        """That of an earlier run."""
        return cls(work.name, work.routes[0], next(iter(work.routes[1:]), ""), work.text)

    @property
    def routes(self) -> tuple[str, ...]:
        """Those that are asked."""
        return tuple(route for route in (self.route, self.against) if route)

    @property
    def questions(self) -> tuple[GoldenQuestion, ...]:
        """Those of the lines that can be used."""
        return self._read[0]

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with the others."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[tuple[GoldenQuestion, ...], tuple[Mistake, ...]]:
        return read_lines(self.text)

    def wrong(self, bot: Bot) -> bool:
        """Whether it cannot be asked."""
        known = {route.name for route in bot.all_routes}
        return bool(self.mistakes) or not self.name or not {self.route, *self.routes} <= known


def wanted_of(visit: Visit) -> Wanted:
    """What a form says."""
    sent = visit.form
    return Wanted(
        " ".join(_UNSEEN.sub("", sent.get("name", "")).split())[:_LONGEST_NAME],
        sent.get("route", ""),
        sent.get("against", ""),
        _UNSEEN.sub("", sent.get("questions", "")),
    )


def form_of(visit: Visit, wanted: Wanted) -> Markup:
    """The form; a text that cannot be used is told line by line."""
    say = visit.say
    names = [(one.name, f"{one.name} → {one.use}") for one in visit.bot.all_routes]
    none = ("", say("不比较", "compare with none"))
    several = len(names) > 1
    return join(
        (
            _wrong(visit, wanted) if visit.form else None,
            el(
                "form",
                hidden(form=visit.token),
                field(
                    say("这份清单的名字", "Name of this list"),
                    "name",
                    wanted.name,
                    required=True,
                    maxlength=_LONGEST_NAME,
                ),
                choice(say("问哪条线路", "Which route is asked"), "route", names, wanted.route),
                choice(say("和哪条线路比", "Compared with"), "against", [none, *names], wanted.against)
                if several
                else None,
                _explained(visit),
                el(
                    "label",
                    say(
                        "问题，每行一个，最多 {n} 个；可以直接从表格里复制粘贴",
                        "Questions, one a line, {n} at most; cells of a spreadsheet can be pasted",
                        n=MOST_QUESTIONS,
                    ),
                    el("textarea", wanted.text, name="questions", required=True, rows=12),
                ),
                el(
                    "div",
                    el("button", say("看看会做什么", "See what it does"), class_="primary"),
                    el("a", say("取消", "Cancel"), href=visit.link("evaluation"), class_="button"),
                    class_="actions",
                ),
                method="post",
                action=visit.link("evaluation/preview"),
                class_="form card",
            ),
        )
    )


def _wrong(visit: Visit, wanted: Wanted) -> Markup:
    say = visit.say
    told = [
        say("第 {n} 行：{what}", "Line {n}: {what}", n=one.line, what=say(*SENTENCES[one.wrong]))
        for one in wanted.mistakes[:_SHOWN_MISTAKES]
    ]
    if more := len(wanted.mistakes) - len(told):
        told.append(say("还有 {n} 行。", "And {n} more lines.", n=more))
    if not told:
        told.append(say("请填名字，并选一条线路。", "Give it a name, and choose a route."))
    return note("warn", *told)


def _explained(visit: Visit) -> Markup:
    say = visit.say
    return el(
        "div",
        el(
            "p",
            say(
                "四格：问题、答案必须出现的、必须引用的资料、不许出现的。格子用制表符或 | 分开；一格里有几段用 ; 分开，几段里有一段就行用「 / 」分开；第二格写「找不到」表示知识库里没有答案。",
                "Four cells: the question, what the answer must contain, the sources it must cite, what it must not contain. Cells are divided by tabs or |, several texts by ;, texts of which one is enough by “ / ”. `nothing` in the second cell: the documents do not answer it.",
            ),
            class_="hint",
        ),
        el("p", el("code", "忘记打卡怎么办？ | 补卡 / 补签 | 考勤制度 | 罚款"), class_="hint"),
        el("p", el("code", "火星有几颗卫星？ | 找不到"), class_="hint"),
    )
